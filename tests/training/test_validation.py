"""What a bad row is, and that it is found again in the quarantine."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from models.errors import InvalidInputError
from tests.training.worlds import Row, World, answer, event, link, write_csv
from training.ingest import Inputs, ingest
from training.intake import take_in
from training.reading import workspace
from training.sources.native import NATIVE

GOOD = [event(f"good {number}", number, customer_id="anna") for number in range(40)]


def reasons(tmp_path: Path, table: str, rows: Sequence[Row]) -> dict[str, str]:
    """Why each row of a CSV is bad, by the id or word in its first column."""
    paths: dict[str, Path | None] = {"events": write_csv(tmp_path / "events.csv", GOOD)}
    paths[table] = write_csv(tmp_path / f"{table}.csv", rows)
    with workspace(threads=1, memory_limit=None) as backend:
        take_in(backend, paths, NATIVE, tmp_path / "bad")
    bad = pq.read_table(tmp_path / f"bad/{table}.parquet")
    return dict(zip(bad[0].to_pylist(), bad["quarantine_reason"].to_pylist(), strict=True))


def test_each_rule_of_events_has_its_reason(tmp_path: Path) -> None:
    good = event("good", 0, customer_id="c", quantity=1, unit_price=0.0)
    changes: dict[str, Row] = {
        "no item": {"item_id": ""},
        "long item": {"item_id": "é" * 65},
        "bell": {"item_id": "lamp\x07"},
        "next line": {"item_id": "lamp\x85bulb"},
        "long order": {"order_id": "x" * 129},
        "no time": {"occurred_at": ""},
        "what time": {"occurred_at": "yesterday"},
        "old": {"occurred_at": "1969-12-31T23:59:59Z"},
        "far": {"occurred_at": "2200-01-01"},
        "never": {"occurred_at": "infinity"},
        "no type": {"event_type": ""},
        "zero": {"quantity": 0},
        "half": {"quantity": 1.5},
        "many": {"quantity": "many"},
        "negative": {"unit_price": -0.01},
        "nan": {"unit_price": "nan"},
        "free?": {"unit_price": "free"},
        "huge": {"unit_price": "1e300"},
    }
    fine = [{"quantity": "", "unit_price": ""}, {"item_id": "é" * 64}, {"quantity": "3.0"}]
    rows = [good | {"order_id": ""} | change | {"event_id": name} for name, change in changes.items()]
    rows += [good | {"order_id": ""} | change | {"event_id": f"fine {n}"} for n, change in enumerate(fine)]
    rows += [good | {"order_id": ""} | {"event_id": f"good {n}"} for n in range(len(rows))]
    time = "occurred_at is not from 1970 to 2200"
    quantity, price = "quantity is not a whole number above 0", "unit_price is not a number from 0 to 1e+12"
    assert reasons(tmp_path, "events", rows) == {
        "no item": "item_id is missing or unreadable",
        "long item": "item_id is longer than 128 bytes",
        "bell": "item_id has control characters",
        "next line": "item_id has control characters",
        "long order": "order_id is longer than 128 bytes",
        "no time": "occurred_at is missing or unreadable",
        "what time": "occurred_at is missing or unreadable",
        "old": time,
        "far": time,
        "never": time,
        "no type": "event_type is missing or unreadable",
        "zero": quantity,
        "half": quantity,
        "many": quantity,
        "negative": price,
        "nan": price,
        "free?": price,
        "huge": price,
    }


def test_each_rule_of_the_other_tables_has_its_reason(tmp_path: Path) -> None:
    grants = [answer("customer", f"c{n}", "granted") for n in range(3)]
    odd = [answer("robot", "r", "granted"), answer("", "r", "granted", purpose="all")]
    assert reasons(tmp_path, "consent", [*grants, *odd]) == {
        "robot": "shopper_kind is none of: customer, visitor",
        None: "shopper_kind is missing or unreadable; "
        "purpose is none of: personalisation, model_training, measurement, contact",
    }
    links = [link("v", "c"), link("w", "c"), link("x", "c") | {"linked_at": "once"}]
    assert reasons(tmp_path, "identities", links) == {"x": "linked_at is missing or unreadable"}
    items = [{"item_id": name, "price": 1, "available": "true"} for name in ("a", "b", "c", "d", "e", "e")]
    items += [{"item_id": "f", "price": -1, "available": "perhaps"}]
    assert reasons(tmp_path, "catalogue", items) == {
        "e": "duplicate item_id",
        "f": "price is not a number from 0 to 1e+12; available is neither true nor false",
    }


def test_a_line_that_is_no_row_is_quarantined_as_it_stands(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "events.csv", GOOD)
    path.write_text(path.read_text() + "torn,view\n")
    inputs = Inputs(path, None, None, None, assume_consent="a test")
    _, report = ingest(inputs, quarantine=tmp_path / "bad")
    assert report.n_quarantined == {"the line does not split into the header's columns": 1}
    assert pq.read_table(tmp_path / "bad/events.parquet")["csv_line"].to_pylist() == ["torn,view"]


def test_the_quarantine_is_its_owners_alone(tmp_path: Path) -> None:
    reasons(tmp_path, "identities", [link("v", "c"), link("w", "")])
    assert stat.S_IMODE((tmp_path / "bad").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "bad/identities.parquet").stat().st_mode) == 0o600


def test_a_clean_run_leaves_no_quarantine_of_an_earlier_one(tmp_path: Path) -> None:
    reasons(tmp_path, "identities", [link("v", "c"), link("w", "")])
    inputs = World(events=GOOD, identities=[link("v", "c")]).write(tmp_path, assume_consent="a test")
    ingest(inputs, quarantine=tmp_path / "bad")
    assert list((tmp_path / "bad").iterdir()) == []


def test_more_bad_rows_than_good_ones_is_probably_the_wrong_file(tmp_path: Path) -> None:
    bad = [event(f"bad {number}", 1, "", customer_id="anna") for number in range(41)]
    with pytest.raises(InvalidInputError, match=r"41 of 81 rows are bad, so it is probably the wrong file: item_id"):
        ingest(World(events=[*GOOD, *bad]).write(tmp_path, assume_consent="a test"), quarantine=tmp_path / "bad")
    assert pq.read_metadata(tmp_path / "bad/events.parquet").num_rows == 41


def test_everything_wrong_with_every_file_is_said_at_once(tmp_path: Path) -> None:
    events = write_csv(tmp_path / "events.csv", [*GOOD, event("bad", 1, "", customer_id="anna")])
    consent = write_csv(tmp_path / "consent.csv", [{"shopper_id": "anna", "status": "granted"}])
    identities = write_csv(tmp_path / "identities.csv", [link("", "c"), link("", "d")])
    inputs = Inputs(events, consent, identities, tmp_path / "catalogue.parquet")
    with pytest.raises(InvalidInputError) as caught:
        ingest(inputs, quarantine=tmp_path / "bad")
    has = "missing; the file has: shopper_id, status"
    found = {fault.field: fault.description for fault in caught.value.faults}
    assert found.pop("catalogue").startswith("no such file")
    assert found == {
        "consent.shopper_kind": has,
        "consent.purpose": has,
        "consent.occurred_at": has,
        "consent": "columns that are read (? may be missing): shopper_kind, shopper_id, purpose, status, occurred_at, "
        "jurisdiction?, policy_version?",
        "identities": "2 of 2 rows are bad, so it is probably the wrong file: visitor_id is missing or unreadable (2)",
        "events": "1 rows quarantined: item_id is missing or unreadable",
    }
