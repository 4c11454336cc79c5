"""Arrow's rows into tables of the backend."""

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

_VIEW = "rows_of_arrow"


def create_from(backend: Backend, name: str, rows: pa.Table) -> ir.Table:
    """A new table of these rows; its name is one of ours and needs no quotes."""
    _with_view(backend, rows, f"CREATE TABLE {name} AS SELECT * FROM {_VIEW}")  # noqa: S608 - a name of ours
    return backend.table(name)


def insert_into(backend: Backend, name: str, rows: pa.Table) -> None:
    """Add rows, whose columns are in the order of the table's."""
    _with_view(backend, rows, f"INSERT INTO {name} SELECT * FROM {_VIEW}")  # noqa: S608 - a name of ours


def _with_view(backend: Backend, rows: pa.Table, statement: str) -> None:
    # By hand, as ibis 12 drops such a view in words that DuckDB 2 does not take.
    backend.con.register(_VIEW, rows)
    try:
        backend.con.execute(statement)
    finally:
        backend.con.unregister(_VIEW)
