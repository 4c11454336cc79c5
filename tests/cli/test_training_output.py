"""What people read after a training."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from cli.training_output import MEASURES, print_readiness, print_registered, print_result, print_verdict
from cli.training_summary import FAILED
from tests.house.conftest import ROOT
from tests.training.assessed import assessed_result_in
from tests.training.trained import evaluation, result_in
from training.champion import NO_CHAMPION
from training.evaluation import METRICS
from training.gate import GateLimits, Rule, Standing, Verdict, judge
from training.publish import Published

DEFAULT = "sqlite:///mlflow.db"


def console() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=80), text


def registered(alias: str | None, tracking_uri: str = DEFAULT) -> str:
    published = Published("run", "accessories", 2, alias, "models:/accessories/2", tracking_uri, replaced=1)
    to, text = console()
    print_registered(to, published, quarantine=None)
    return text.getvalue()


@pytest.fixture(autouse=True)
def _commands_off_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    (tmp_path / "bin").mkdir()
    for name in ("shopkeeper", "mlflow"):
        (tmp_path / "bin" / name).touch()


def test_next_steps_name_commands_by_their_path_where_a_shell_would_not_find_them(tmp_path: Path) -> None:
    printed = registered("challenger")
    assert f"  {tmp_path}/bin/shopkeeper promote accessories 2\n" in printed
    assert f"  {tmp_path}/bin/mlflow server --backend-store-uri {DEFAULT}\n" in printed


def test_a_store_elsewhere_is_quoted_in_every_step() -> None:
    lines = registered("challenger", "sqlite:////my shop/mlflow.db").split("Next:\n")[1].splitlines()
    assert [line.count("'sqlite:////my shop/mlflow.db'") for line in lines] == [1, 1, 1]


@pytest.mark.parametrize(("alias", "is_to_be_promoted"), [("champion", False), ("challenger", True), (None, True)])
def test_the_champion_need_not_be_promoted(alias: str | None, *, is_to_be_promoted: bool) -> None:
    printed = registered(alias)
    assert ("promote" in printed) == is_to_be_promoted
    assert "serve --model accessories" in printed


VERDICT = Verdict(1, (Rule("relevance", False, -0.01, 0.0, "It is worse beyond chance: " + "look at it. " * 9),))


def told(published: Published) -> str:
    to, text = console()
    print_registered(to, published, quarantine=None)
    return text.getvalue()


def test_a_champion_that_stays_is_told_with_the_rules_that_failed_and_the_way_past_them() -> None:
    kept = Published("run", "accessories", 2, None, "models:/accessories/2", DEFAULT, None, VERDICT, withheld=1)
    assert "Version 1 stays champion: relevance failed." in told(kept)
    assert '--force --reason "WHY"' in told(kept)
    passed = replace(kept, verdict=replace(VERDICT, rules=()))
    assert "Version 1 stays champion: the champion changed meanwhile." in told(passed)


def test_what_spoke_against_a_version_beside_the_gate_is_told_with_or_without_a_champion() -> None:
    objections = ("version 1, which is the same bundle, was rolled back",)
    kept = Published("run", "accessories", 3, None, "models:/accessories/3", DEFAULT, withheld=2, objections=objections)
    assert "Version 2 stays champion: version 1, which is the same bundle, was rolled back." in told(kept)
    assert "None is champion: version 1, which" in told(replace(kept, withheld=None))


def test_a_champion_the_gate_said_no_to_is_told_to_be_forced_or_the_first() -> None:
    first = Published("run", "accessories", 1, "champion", "models:/accessories/1", DEFAULT, None, VERDICT)
    assert "It serves though the gate says no (relevance)" in told(first)
    forced = replace(first, version=2, replaced=1, forced="a trial")
    assert "The gate said no, and it was forced: a trial" in told(forced)
    assert "gate says no" not in told(replace(first, verdict=replace(VERDICT, rules=())))


def test_the_gate_is_a_table_and_a_sentence_each_within_80_columns() -> None:
    to, text = console()
    print_verdict(to, VERDICT)
    assert "The gate (champion: version 1)" in text.getvalue()
    row = "relevance FAILS -0.0100 NDCG no difference or more"
    assert row.split() in [line.split() for line in text.getvalue().splitlines()]
    assert "worse beyond chance" in text.getvalue()
    assert max(map(len, text.getvalue().splitlines())) <= 80


def test_the_champion_is_no_method_of_ours(tmp_path: Path) -> None:
    to, text = console()
    result = result_in(tmp_path)
    print_result(to, replace(result, evaluation=evaluation(ranker=0.3, champion=0.29, pair_counts=0.2)))
    assert "best method alone (*), pair counts:" in text.getvalue()


def test_the_foot_says_what_recall_is_and_what_was_left_out_of_shoppers_with_very_many_items(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    to, text = console()
    print_result(to, result)
    assert "Recall is hits / min(10, relevant items)." in text.getvalue()
    assert "Shoppers with very many items, of which the latest count: 1;" in text.getvalue()
    assert "left out of theirs are 6 order lines and 0 items of sessions" in text.getvalue()
    assert max(map(len, text.getvalue().splitlines())) <= 80

    to, text = console()
    print_result(to, replace(result, ingest=replace(result.ingest, n_capped={})))
    assert "very many items" not in text.getvalue()


def test_the_bars_and_how_far_to_trust_them_are_printed_within_80_columns(tmp_path: Path) -> None:
    result = assessed_result_in(tmp_path)
    assert result.assessment is not None
    to, text = console()
    print_result(to, result)
    quiet = result.assessment.bars["cart"].quiet.value
    assert f"Calibration error {result.assessment.reliability.error.value:.4f}" in text.getvalue()
    assert f"hit {result.assessment.risk_coverage.gain_at_half.value:.2f} times as often" in text.getvalue()
    cart = next(line.split() for line in text.getvalue().splitlines() if line.startswith("cart"))
    assert (cart[1], cart[-1]) == ("45.0%", f"{quiet:.1%}")
    assert max(map(len, text.getvalue().splitlines())) <= 80


def test_a_bar_that_training_did_not_choose_is_told_with_the_one_that_it_did(tmp_path: Path) -> None:
    result = assessed_result_in(tmp_path)
    assert result.assessment is not None
    cart = result.assessment.bars["cart"]
    raised = replace(cart, bar=replace(cart.bar, min_probability=0.02, raised_from=0.004))
    low = replace(result.assessment, bars={**result.assessment.bars, "cart": raised})
    to, text = console()
    print_result(to, replace(result, assessment=low))
    assert "Careful: for the cart training chose a bar of 0.4%" in text.getvalue()
    assert "2.0%, the least bar, is used instead" in " ".join(text.getvalue().split())
    assert text.getvalue().count("Careful") == 1


def next_steps(**changed: object) -> str:
    published = Published("run", "accessories", 2, "challenger", "models:/accessories/2", DEFAULT, None, VERDICT)
    return told(replace(published, **changed)).split("Next:\n")[1]  # type: ignore[arg-type]


def test_a_version_that_the_gate_refuses_is_promoted_by_force_alone() -> None:
    steps = next_steps()
    assert "mend what the gate found and train again" in steps
    promoting = [line for line in steps.splitlines() if "promote accessories 2" in line]
    assert [line.endswith("promote accessories 2 --force --reason WHY") for line in promoting] == [True]
    assert "serve --model" not in steps
    passed = next_steps(verdict=replace(VERDICT, rules=()))
    assert "promote accessories 2\n" in passed
    assert "--force" not in passed


def ready(verdict: Verdict, *objections: str) -> str:
    to, text = console()
    published = Published("run", "accessories", 2, None, "models:/accessories/2", DEFAULT, None, verdict)
    print_readiness(to, replace(published, objections=objections))
    return " ".join(text.getvalue().split())


def test_the_first_line_says_in_words_whether_the_version_may_serve() -> None:
    assert ready(replace(VERDICT, rules=())) == "Ready to serve."
    assert ready(VERDICT) == "Not ready to serve: its lists are worse than those of version 1 (relevance)."
    first = Verdict(None, (*VERDICT.rules, Rule("calibration", False, None, 0.02, "Not known.")))
    worse = "its lists are worse than the most popular items (relevance)"
    assert ready(first) == f"Not ready to serve: {worse}; calibration is not known."
    assert ready(Verdict(1, ()), "it was rolled back") == "Not ready to serve: it was rolled back."


def test_every_rule_of_the_gate_has_words_and_a_measure(tmp_path: Path) -> None:
    standing = Standing(10, {}, None, None, NO_CHAMPION)
    names = [rule.name for rule in judge(standing, None, GateLimits()).rules]
    assert set(names) == set(FAILED) == set(MEASURES)


def test_three_sentences_stand_before_every_table(tmp_path: Path) -> None:
    to, text = console()
    print_result(to, result_in(tmp_path))
    before, after = text.getvalue().split("What was read")
    assert "70 could be learnt from" in " ".join(before.split())
    assert "30% had something in the first 10 that was bought along" in " ".join(before.split())
    assert "5 pairs of items are published" in before
    assert "NDCG" not in before
    told, figures = after.split("For data scientists")
    assert "NDCG" not in told
    assert "NDCG" in figures


def test_long_reasons_are_wrapped_and_no_number_is_cut(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    reason = "event_type is none of: view, add_to_cart, favourite, purchase, impression, click, dismiss"
    report = replace(result.ingest, n_events_read=12_345_778, n_quarantined={reason: 12_345_678, f"{reason}; b": 7})
    to, text = console()
    print_result(to, replace(result, ingest=report))
    lines = text.getvalue().split("What was read")[1].split("For data scientists")[0].splitlines()
    assert any("12,345,678" in line and "100.0%" in line for line in lines)
    assert "…" not in text.getvalue()
    assert all(len(line.rstrip()) <= 80 for line in lines)
    words = [word for line in lines for word in line.split()]
    assert words.count("impression,") == 2


def test_bad_rows_are_shown_with_their_reason_and_the_folder_they_are_in(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine"
    folder.mkdir()
    rows = {"event_id": ["e-1"], "quantity": [-1], "quarantine_reason": ["quantity is not a whole number above 0"]}
    pq.write_table(pa.table(rows), folder / "events.parquet")
    published = Published("run", "accessories", 2, None, "models:/accessories/2", DEFAULT)
    to, text = console()
    print_registered(to, published, quarantine=folder)
    lines = text.getvalue().splitlines()
    assert f"Bad rows, readable by you alone: {folder}" in lines
    assert "  events: quantity is not a whole number above 0" in lines
    assert "    event_id=e-1, quantity=-1" in lines


def test_the_documentation_explains_every_figure() -> None:
    marker = "<!-- figures: "
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))]
    (table,) = (page.split(marker)[1].split("\n\n")[0] for page in pages if marker in page)
    explained = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert explained == ["figure", *METRICS]
