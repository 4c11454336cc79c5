"""A test of models in the shop of the working directory: its file, its report, and what people do in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cli.main import main
from privacy.consent import Identity
from privacy.kept_event import Attribution, KeptEvent
from privacy.store import kept
from tests.cli.shop import opened

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)

FILE = """
experiments:
  - name: ranker
    salt: s1
    placements: [product_page]
    starts: 2026-03-01T00:00:00Z
    ends: 2026-03-20T00:00:00Z
    arms: [{name: control, model: champion, weight: 1}, {name: challenger, model: challenger, weight: 1}]
    primary: buyers
    smallest_effect: 10
"""


def ran(*words: str) -> int:
    """The exit code of `shopkeeper experiment report` with these words."""
    return main(["experiment", "report", *words], subcommands=["cli.experiment"])


def act(
    identity: Identity,
    event_id: str,
    event_type: str,
    item_id: str,
    at: datetime,
    arm: str | None = None,
    **values: Any,
) -> None:
    """Keep something that somebody did."""
    shown = (
        None if arm is None else Attribution(arm.encode(), "product_page", f"items/{arm}", f"s1/{arm}", 1, "history")
    )
    with opened() as (database, store), database.transaction() as connection:
        subject = store.numbers([identity])[identity]
        kept.keep(connection, [KeptEvent(event_id, subject, event_type, item_id, at, attribution=shown, **values)])
