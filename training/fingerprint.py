"""Fingerprints: of files as they came in, and of histories as they go out."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.histories import Histories


def fingerprint_files(paths: Sequence[Path]) -> str:
    """SHA-256 over the content of the files, whatever their names and order.

    It covers every row, those without consent too: fit for the record of a run, never for a bundle.
    """
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def fingerprint_histories(histories: Histories) -> str:
    """SHA-256 over everything a model can learn from: what consent allowed and nothing else.

    The same consented events give the same fingerprint whatever else the files hold, so it may go in a bundle.
    """
    digest = hashlib.sha256()
    catalogue = histories.catalogue
    for texts in (histories.items.ids, catalogue.titles, catalogue.categories):
        digest.update(json.dumps(list(texts), ensure_ascii=True).encode())
    orders, sessions, favourites = histories.orders_items, histories.sessions_items, histories.favourites_items
    for numbers, dtype in (
        (catalogue.prices_minor, "<i8"),
        (catalogue.available, "|b1"),
        (orders.indptr, "<i8"),
        (orders.indices, "<i8"),
        (orders.data, "<f4"),
        (histories.order_time_s, "<i8"),
        (histories.order_shopper, "<i4"),
        (sessions.indptr, "<i8"),
        (sessions.indices, "<i8"),
        (sessions.data, "<f4"),
        (favourites.indptr, "<i8"),
        (favourites.indices, "<i8"),
        (histories.session_time_s, "<i8"),
        (histories.session_end_s, "<i8"),
        (histories.session_shopper, "<i4"),
    ):
        values = np.ascontiguousarray(numbers, dtype=np.dtype(dtype))
        digest.update(len(values).to_bytes(8, "little"))
        digest.update(values.tobytes())
    return digest.hexdigest()
