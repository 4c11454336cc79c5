"""What the trainer takes of the ledger, as columns: people by pseudonym, never by id."""

from typing import NoReturn

import pyarrow as pa

from models.errors import ShopkeeperError

ALIASES, ENTRIES, PREFERENCES, HEAD = "aliases", "entries", "preferences", "head"

SCHEMAS = {
    ALIASES: pa.schema({"pseudonym": pa.binary(), "key_id": pa.int64(), "subject": pa.int64()}),
    ENTRIES: pa.schema(
        {
            "position": pa.int64(),
            "subject": pa.int64(),
            "kind": pa.string(),
            "at": pa.int64(),
            "purpose": pa.string(),
            "status": pa.string(),
            "jurisdiction": pa.string(),
            "policy_version": pa.string(),
            "other": pa.int64(),
        }
    ),
    PREFERENCES: pa.schema({"subject": pa.int64(), "topic": pa.string(), "word": pa.string()}),
    HEAD: pa.schema(
        {
            "n_entries": pa.int64(),
            "hash": pa.binary(),
            "seal": pa.binary(),
            "key_id": pa.int64(),
            "n_taken": pa.int64(),
            "n_aliases": pa.int64(),
            "n_preferences": pa.int64(),
        }
    ),
}
"""Columns by table, as in privacy.store.schema.

Entries are those that training has to do with: answers about it, links and erasures. Preferences are of topics alone.
The head counts the rows of the other tables, so that a file of another export is found.
"""


class LedgerError(ShopkeeperError):
    """The ledger is there, and cannot be trained by."""

    reason = "LEDGER_UNUSABLE"


def refuse(address: str, why: str) -> NoReturn:
    """Raise the error of a ledger.

    Raises:
        LedgerError: Always.
    """
    raise LedgerError(f"the ledger {address} {why}", metadata={"ledger": address})
