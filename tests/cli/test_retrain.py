"""What `retrain` says before it trains."""

from pathlib import Path

import pytest

from cli.main import main
from training.ingest import Inputs
from training.retrain import Recipe
from training.settings import TrainingSettings


@pytest.mark.parametrize(
    ("reason", "told"),
    [("public data", "Consent is assumed again, as for shop/3: public data\n"), (None, "")],
)
def test_consent_that_is_assumed_again_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reason: str | None, told: str
) -> None:
    consent = Path("consent") if reason is None else None
    recipe = Recipe("shop", 3, Inputs(Path("events"), consent, None, None, assume_consent=reason), TrainingSettings())
    monkeypatch.setattr("training.retrain.read_recipe", lambda *_, **__: recipe)
    monkeypatch.setattr("cli.retrain.train_and_register", lambda *_, **__: None)
    monkeypatch.setattr("cli.retrain.prepare", lambda _: None)
    assert main(["retrain", "shop"], subcommands=["cli.retrain"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", told)
