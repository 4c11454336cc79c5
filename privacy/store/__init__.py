"""Where the ledger and what follows from it are kept: SQLite by default, PostgreSQL where several servers share it."""
