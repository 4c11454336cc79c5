"""Names that MLflow and the commands accept, told before hours of training; no MLflow needed."""

import re

from models.errors import Fault

CHAMPION_ALIAS = "champion"
"""The alias that serving follows."""

_MODEL = re.compile(r"\w[\w.-]*")
_ALIAS = re.compile(r"[\w-]+")
_VERSION_LIKE = re.compile(r"v?\d+", re.IGNORECASE)
_MAX_LENGTH = 250  # MLflow: 256 for a model, 255 for an alias


def faults_of_names(model: str, alias: str | None) -> list[Fault]:
    """What is wrong with the name of a model and with an alias; None is no alias."""
    faults = [] if alias is None else faults_of_alias(alias)
    if not _MODEL.fullmatch(model) or len(model) > _MAX_LENGTH:
        description = "must be letters, digits, dots, dashes and underscores, and begin with none of . and -"
        faults.insert(0, Fault("model", f"{description}; is {model!r}"))
    return faults


def faults_of_alias(alias: str) -> list[Fault]:
    """What is wrong with an alias."""
    if not _ALIAS.fullmatch(alias) or len(alias) > _MAX_LENGTH:
        return [Fault("alias", f"must be letters, digits, dashes and underscores; is {alias!r}")]
    if alias.lower() == "latest" or _VERSION_LIKE.fullmatch(alias):
        return [Fault("alias", f"{alias!r} is reserved by MLflow; `latest`, numbers and v1, v2... are")]
    return []
