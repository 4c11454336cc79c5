"""Use cases of the server; knows no wire and no store."""
