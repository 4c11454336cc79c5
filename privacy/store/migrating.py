"""Brings a database to the tables of this release."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from models.errors import ShopkeeperError
from privacy.store.database import Database

_LOCK = 0x5109_4EE9
"""PostgreSQL's advisory lock of the migrations: any number that nobody else uses."""


class StoreTooNewError(ShopkeeperError):
    """A later release has changed the tables."""

    reason = "STORE_TOO_NEW"


def migrate(database: Database) -> None:
    """Create the tables or bring them up to date; nothing happens where they are. Servers may do so at once.

    Raises:
        StoreTooNewError: The tables are of a later release.
        StoreUnavailableError: The database cannot be reached, or fails.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.transaction(takes_long=True) as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        current = _revision(connection)
        if current is not None and current not in known:
            raise StoreTooNewError("a later release has changed this database: run that release or put a backup back")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
