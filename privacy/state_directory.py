"""The state directory: where a server keeps ledger and keys unless it is told otherwise, and the commands find them."""

DEFAULT_STATE_DIR = ".shopkeeper"

OWN_FILE, KEY_FILE = "state.db", "keys"
"""Names in the state directory."""

OWN_STATE = "sqlite"
"""Text of the database that a server has to itself: OWN_FILE."""

NO_STATE = "none"
"""Text of no database."""
