"""What an id of the shop looks like on the wire."""

import re

from models.items import MAX_ID_BYTES

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

ID_RULE = f"give 1 to {MAX_ID_BYTES} bytes without control characters"


def wrong_with(item_id: str) -> str:
    """What is wrong with an id, empty when nothing is."""
    if not item_id:
        return "is empty"
    # No character takes more than four bytes, so a short id need not be encoded to be measured.
    if len(item_id) * 4 > MAX_ID_BYTES and len(item_id.encode()) > MAX_ID_BYTES:
        return f"is longer than {MAX_ID_BYTES} bytes"
    return "has control characters" if _CONTROL.search(item_id) else ""
