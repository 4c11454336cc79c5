"""What a run's record says of a training: parameters, figures, tags and files, none of them about any person."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import yaml

from training.evaluation import NOISY, PUBLISHED, RANKER, Evaluation
from training.ingest import IngestReport, Inputs
from training.ledger.address import recorded_address
from training.result import TrainingResult

SETTINGS_FILE = "training.yaml"
EVALUATION_FILE = "evaluation.json"
INGEST_FILE = "ingest.json"
ASSESSMENT_FILE = "assessment.json"
IMPORTANCE_FILE = "importance.json"
RANKER_FILE = "ranker-{}.txt"
"""LightGBM's text form, for `lightgbm.Booster(model_file=...)`."""

ASSUMED_CONSENT = "assume_consent"
"""Tag with the reason for training without consent records."""

INPUT = "input."
"""Before the parameters that are fields of Inputs: `mlflow run` logs its own parameters of those names."""

PATHS = ("events", "consent", "identities", "catalogue", "keys", "privacy_rules")
"""Fields of Inputs that are paths."""

LEDGER = "ledger"
"""Field of Inputs that is an address."""

LEDGER_POSITION, LEDGER_HASH = "ledger_position", "ledger_hash"
"""Tags of the version and its run: where the ledger ended at the training. They are not in the bundle, whose bytes are
as if who has been erased had never been."""

_NOT_IN_A_METRIC_NAME = re.compile(r"[^\w. /-]")


def params_of(result: TrainingResult, inputs: Inputs) -> dict[str, str]:
    """Settings, inputs and fingerprints: all that decides what the model is."""
    report = result.ingest
    as_of = {"as_of": report.as_of} if report.as_of else {}
    rules = {"fingerprint_rules": report.rules_fingerprint} if report.rules_fingerprint else {}
    return {
        **dict(_flat(result.settings.as_dict())),
        **recorded_inputs(inputs),
        **ledger_tags(report),
        **rules,
        **as_of,
        "fingerprint_events": result.ingest.events_fingerprint,
        "fingerprint_consent": result.ingest.consent_fingerprint or "none",
        "fingerprint_used": result.ingest.used_fingerprint,
        "fingerprint_bundle": result.fingerprint,
    }


def recorded_inputs(inputs: Inputs) -> dict[str, str]:
    """Where the data was, so that the training can be repeated: no password, and of the keys only the file's name."""
    paths = {name: getattr(inputs, name) for name in PATHS}
    ledger = {} if inputs.ledger is None else {INPUT + LEDGER: recorded_address(inputs.ledger)}
    return {
        **{INPUT + name: str(path.absolute()) for name, path in paths.items() if path is not None},
        **ledger,
        f"{INPUT}source": inputs.source,
    }


def ledger_tags(report: IngestReport) -> dict[str, str]:
    """Where the ledger ended, for `shopkeeper privacy debt` and for finding that it was put back; none without it."""
    if report.ledger_position is None:
        return {}
    return {LEDGER_POSITION: str(report.ledger_position), LEDGER_HASH: report.ledger_hash}


def metrics_of(result: TrainingResult) -> dict[str, float]:
    """Figures with their intervals, how far to trust them, and counts of what was read, left out and published."""
    report = result.ingest
    counts = {
        "events_read": report.n_events_read,
        "shoppers": report.n_shoppers,
        "orders": report.n_orders,
        "sessions": report.n_sessions,
        "items": report.n_items,
        **_prefixed("events_used", report.n_events_used),
        **_prefixed("excluded", report.n_excluded),
        **_prefixed("quarantined", report.n_quarantined),
        **_prefixed("quarantined", report.n_quarantined_elsewhere),
        **_prefixed("capped", report.n_capped),
        **_prefixed("published", result.counts),
    }
    figures = {} if result.evaluation is None else dict(_figures(result.evaluation))
    trust = {} if result.assessment is None else result.assessment.metrics()
    noise = dict(_noise(result))
    named = {**figures, **trust, **noise, **counts, **_prefixed("seconds", result.seconds)}
    return {_NOT_IN_A_METRIC_NAME.sub("-", name): float(value) for name, value in named.items()}


def headline_of(evaluation: Evaluation | None) -> dict[str, str]:
    """The figures of the lists as they are shown, as tags of the version."""
    if evaluation is None:
        return {}
    figures = evaluation.figures[evaluation.bundled]
    return {f"{metric}_at_{evaluation.k}": f"{figure.value:.4f}" for metric, figure in figures.items()}


def write_files(result: TrainingResult, directory: Path) -> None:
    """Write the settings, the figures, the ranker and the report of what was read into a directory.

    What the training lacks has no file.
    """
    (directory / SETTINGS_FILE).write_text(
        yaml.safe_dump(result.settings.as_dict(), sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    _write_json(directory / INGEST_FILE, result.ingest.as_dict())
    if result.evaluation is not None:
        _write_json(directory / EVALUATION_FILE, result.evaluation.as_dict())
    if result.assessment is not None:
        _write_json(directory / ASSESSMENT_FILE, result.assessment.as_dict())
    if result.importance:
        _write_json(directory / IMPORTANCE_FILE, [asdict(share) for share in result.importance])
    for name, text in result.trees.items():
        (directory / RANKER_FILE.format(name)).write_text(text, encoding="utf-8")


def _figures(evaluation: Evaluation) -> Iterator[tuple[str, float]]:
    tables = (
        ("", evaluation.figures),
        (f"{RANKER}_minus/", evaluation.differences),
        (f"{PUBLISHED}_minus/", evaluation.published_differences),
        (f"{NOISY}_minus/", evaluation.noisy_differences),
    )
    for prefix, table in tables:
        for method, figures in table.items():
            for metric, figure in figures.items():
                name = f"{prefix}{method}/{metric}_at_{evaluation.k}"
                yield name, figure.value
                yield f"{name}_low", figure.low
                yield f"{name}_high", figure.high
    yield "test/cases", evaluation.n_cases
    yield "test/orders", evaluation.n_orders


def _noise(result: TrainingResult) -> Iterator[tuple[str, float]]:
    """What noise spent and what it cost; nothing where it is off."""
    if result.noise is None:
        return
    yield from _prefixed("noise", result.noise.metrics()).items()
    if result.evaluation is not None:
        for metric, figure in result.evaluation.noise_cost.items():
            name = f"noise/cost_{metric}_at_{result.evaluation.k}"
            yield name, figure.value
            yield f"{name}_low", figure.low
            yield f"{name}_high", figure.high


def noise_tags(result: TrainingResult) -> dict[str, str]:
    """What the bundle may tell of any one shopper, as a tag of the version and its run; none where noise is off."""
    return {} if result.noise is None else {"noise": result.noise.says}


def _prefixed(prefix: str, counts: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}/{name}": value for name, value in counts.items()}


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings by dotted name; a section's own parameter lists what is in it."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield prefix + name, ",".join(value)
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
