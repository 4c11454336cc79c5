"""What people say of a test in experiments.yaml, for those who review it: what it is to find out."""

import unicodedata

from models.errors import Fault
from models.yaml_words import wrong

MAX_LETTERS = 500
"""Some five lines: whatever keeps a test keeps this with it."""


def description_of(value: object, where: str, faults: list[Fault]) -> str:
    """The text without blanks around it; an empty one where there is none or it is faulty, with the fault told.

    Args:
        value: As the file has it, None where it does not.
        where: Path of the field.
        faults: Gets what is wrong.
    """
    if value is None:
        return ""
    text = value.strip() if isinstance(value, str) else ""
    if not isinstance(value, str):
        faults.append(Fault(where, wrong("must be a text", value, "put it in quotes, or below the key after |")))
    elif len(text) > MAX_LETTERS:
        faults.append(Fault(where, f"must be at most {MAX_LETTERS} letters, has {len(text)}"))
    elif any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in text):
        # A lone half of a letter cannot be written as UTF-8, and a control sign does something to a terminal.
        faults.append(Fault(where, wrong("must be without control signs", value)))
    else:
        return text
    return ""
