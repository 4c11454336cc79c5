"""Where a ledger is: the address of its database, or the folder of an export."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from models.errors import Fault
from training.ledger.tables import SCHEMAS

FIELD = "ledger"


def is_database(address: str) -> bool:
    """Whether the address is one of a database, and not a folder."""
    return "://" in address


def file_of(folder: str | Path, table: str) -> Path:
    """The file of an export that holds a table."""
    return Path(folder, f"{table}.parquet")


def faults_of_address(address: str) -> list[Fault]:
    """What is wrong with it as far as can be told without opening it."""
    if not is_database(address):
        if Path(address).is_file():
            return [Fault(FIELD, f"{address} is a file; one of SQLite is named sqlite:///{address}")]
        missing = [name for name in SCHEMAS if not file_of(address, name).is_file()]
        if not Path(address).is_dir():
            return [Fault(FIELD, f"{address} is neither the address of a database nor the folder of an export")]
        return [Fault(FIELD, f"{address} is no export: it lacks {name}.parquet") for name in missing]
    url = _url(address)
    if url is None:
        return [Fault(FIELD, "is no address of a database")]
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        wanted = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE, or the folder of an export"
        return [Fault(FIELD, f"is of {url.get_backend_name()}; {wanted}")]
    # SQLite would make a file that is not there, and an empty ledger allows and forbids nothing.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return [Fault(FIELD, f"{url.database or 'a database in memory'} is not there")]
    return []


def recorded_address(address: str) -> str:
    """The address as it may be written down: from anywhere on this machine, and without a password."""
    if not is_database(address):
        return str(Path(address).absolute())
    url = _url(address)
    if url is None:
        return ""
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=str(Path(url.database).absolute()))
    # A driver takes its password as a parameter of the query too. (URL.set leaves what it is told to make None.)
    open_part = URL.create(
        url.drivername, url.username, host=url.host, port=url.port, database=url.database, query=url.query
    )
    return open_part.difference_update_query(["password"]).render_as_string()


def _url(address: str) -> URL | None:
    try:
        return make_url(address)
    except ArgumentError:
        return None
