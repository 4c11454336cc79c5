"""The server's settings: read once, every problem reported at once."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import Fault, InvalidInputError
from privacy.state_directory import DEFAULT_STATE_DIR, NO_STATE, OWN_STATE
from service.core.placements import DEFAULT_MIN_PROBABILITY
from service.exposure import exposure_faults

OFF = "off"
"""Text of no port."""

TRAINED = "trained"
"""Text of the bar that is left to the bundle."""

DEFAULT_MAX_CONCURRENT_CALLS = 500
"""At half a millisecond each (bench/serving) the last waits a quarter of a second: longer than a page does."""


DEFAULT_MAX_WAITING_CALLS = 200
"""A crowd that comes at once is answered, in a tenth of a second; where more wait, more come than can be answered, and
all would be late for their pages. Fewer make for shorter waiting in a rush (bench/serving), and turn crowds away."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can choose; SETTINGS says how.

    Attributes:
        host: Address to listen on.
        port: Port to listen on, 0 for any free one.
        workers: Processes that serve the port.
        model: Name of the registered model.
        alias: Alias of the version served.
        tracking_uri: The MLflow registry.
        state_dir: Where bundles are kept.
        poll_interval_s: Seconds between two looks at the alias.
        lame_duck_s: Seconds after SIGTERM in which health says no and calls are taken still.
        drain_s: Seconds that calls have to finish after SIGTERM.
        min_probability: Bar of every placement; None for those the bundle was trained with.
        keep_bundles: Bundles kept on disk for the alias.
        max_concurrent_calls: Calls that each worker takes at once.
        max_waiting_calls: Calls that wait for each worker to take them.
        state_uri: Database of consent; OWN_STATE for a file in state_dir, None for none.
        keys: File of the shop's keys; None for one in state_dir.
        privacy_rules: File of the shop's rules; None for the defaults.
        placements: File of the placements' manners; None for the defaults.
        experiments: File of the tests of models; None where none run.
        metrics_port: Port of the figures for Prometheus, 0 for any free one; None for none.
        metrics_host: Address of that port.
        tls_cert: File of the server's certificate; None for plain connections.
        tls_key: File of its key.
        tls_client_ca: File of who signs clients' certificates; None where clients need none.
        tokens: File of the callers' tokens; None where callers need none.
        open_to_network: Whether other machines may call without token and certificate.
    """

    host: str
    port: int
    workers: int
    model: str
    alias: str
    tracking_uri: str
    state_dir: Path
    poll_interval_s: float
    lame_duck_s: float
    drain_s: float
    min_probability: float | None
    keep_bundles: int
    max_concurrent_calls: int
    max_waiting_calls: int
    state_uri: str | None
    keys: Path | None
    privacy_rules: Path | None
    placements: Path | None
    experiments: Path | None
    metrics_port: int | None
    metrics_host: str
    tls_cert: Path | None
    tls_key: Path | None
    tls_client_ca: Path | None
    tokens: Path | None
    open_to_network: bool

    @classmethod
    def read(cls, environ: Mapping[str, str], overrides: Mapping[str, str | None] | None = None) -> "Settings":
        """Settings from the command line, else the environment, else the defaults.

        Args:
            environ: For instance os.environ.
            overrides: Texts by setting name, None or missing where not given; faults in them are named --NAME.

        Raises:
            InvalidInputError: Names every setting at fault.
        """
        given = {name: text for name, text in (overrides or {}).items() if text is not None}
        values: dict[str, object] = {}
        faults = []
        for setting in SETTINGS:
            if setting.name in given:
                field, text = f"--{setting.name.replace('_', '-')}", given[setting.name]
            else:
                # A variable set to nothing is one that is not set, as compose files leave them.
                field, text = setting.variable, environ.get(setting.variable) or setting.default
            try:
                values[setting.name] = setting.parse(text)
            except ValueError as error:
                faults.append(Fault(field, f"{text!r} is not {error}"))
        faults += exposure_faults(values)
        if faults:
            raise InvalidInputError("the server's configuration", faults)
        return cls(**values)  # type: ignore[arg-type]  # each parse gives its field's type


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is given.

    Attributes:
        name: Field of Settings; the option is --NAME with dashes.
        variable: Environment variable.
        default: As text.
        description: One sentence.
        parse: Text to value; raises ValueError with what it should be.
        is_flag: Whether the option comes without a text.
    """

    name: str
    variable: str
    default: str
    description: str
    parse: Callable[[str], object]
    is_flag: bool = False


def _number(text: str, kind: Callable[[str], float], low: float, high: float, wanted: str) -> float:
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(wanted) from None
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(wanted)
    return value


def _port(text: str) -> float:
    return _number(text, int, 0, 65535, "a port: 0 to 65535, 0 for any free one")


def _seconds(text: str) -> float:
    return _number(text, float, 0.05, 3600, "a number of seconds, 0.05 to 3600")


def _maybe_seconds(text: str) -> float:
    return _number(text, float, 0, 3600, "a number of seconds, 0 to 3600")


def _bar(text: str) -> float | None:
    return None if text == TRAINED else _number(text, float, 0, 1, f"a probability: 0 to 1, or {TRAINED}")


def _count(text: str) -> float:
    return _number(text, int, 1, 100, "a whole number, 1 to 100")


def _workers(text: str) -> float:
    return _number(text, int, 1, 64, "a whole number, 1 to 64")


def _calls(text: str) -> float:
    return _number(text, int, 1, 100_000, "a whole number, 1 to 100000")


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("a text of at least one character")
    return text


def _model(text: str) -> str:
    if not text.strip() or set(text) & set("/:") or text in (".", ".."):
        raise ValueError("a model's name: at least one character, no '/' or ':'")
    return text


def _path(text: str) -> Path:
    return Path(_text(text)).expanduser()


def _maybe_path(text: str) -> Path | None:
    return _path(text) if text else None


def _maybe_port(text: str) -> float | None:
    return None if text == OFF else _number(text, int, 0, 65535, f"a port: 0 to 65535, 0 for any free one, or {OFF}")


def _flag(text: str) -> bool:
    if text.lower() not in ("1", "yes", "true", "0", "no", "false"):
        raise ValueError("yes or no")
    return text.lower() in ("1", "yes", "true")


def _state(text: str) -> str | None:
    return None if text == NO_STATE else _text(text)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "host",
        "SHOPKEEPER_HOST",
        "127.0.0.1",
        "Address to listen on; one that other machines reach wants tokens, clients' certificates or "
        "`--open-to-network`.",
        _text,
    ),
    Setting("port", "SHOPKEEPER_PORT", "50051", "Port to listen on; 0 takes any free one and logs it.", _port),
    Setting(
        "workers",
        "SHOPKEEPER_WORKERS",
        "1",
        "Processes that serve the port, as many as there are cores for it; the first follows the registry.",
        _workers,
    ),
    Setting("model", "SHOPKEEPER_MODEL", "accessories", "Name of the registered model to serve.", _model),
    Setting("alias", "SHOPKEEPER_ALIAS", "champion", "Alias of the version to serve, followed as it moves.", _text),
    Setting(
        "tracking_uri",
        "MLFLOW_TRACKING_URI",
        "sqlite:///mlflow.db",
        "MLflow registry the model is in: a server's address or a database.",
        _text,
    ),
    Setting(
        "state_dir",
        "SHOPKEEPER_STATE_DIR",
        DEFAULT_STATE_DIR,
        "Directory for the bundles fetched; with it the server starts while the registry is down.",
        _path,
    ),
    Setting(
        "poll_interval_s",
        "SHOPKEEPER_POLL_INTERVAL_S",
        "2",
        "Seconds between two looks at the alias.",
        _seconds,
    ),
    Setting(
        "lame_duck_s",
        "SHOPKEEPER_LAME_DUCK_S",
        "0",
        "Seconds after SIGTERM in which health says NOT_SERVING and calls are still taken; behind a balancer that "
        "polls, as long as it takes to notice.",
        _maybe_seconds,
    ),
    Setting(
        "drain_s",
        "SHOPKEEPER_DRAIN_S",
        "10",
        "Seconds that running calls have to finish after that.",
        _seconds,
    ),
    Setting(
        "min_probability",
        "SHOPKEEPER_MIN_PROBABILITY",
        TRAINED,
        "Bar of every placement: an item less probable than this is not shown. `trained` is the bar that training "
        f"chose for each, {DEFAULT_MIN_PROBABILITY} where it chose none.",
        _bar,
    ),
    Setting(
        "keep_bundles",
        "SHOPKEEPER_KEEP_BUNDLES",
        "3",
        "Bundles kept on disk for each alias, the one served included.",
        _count,
    ),
    Setting(
        "max_concurrent_calls",
        "SHOPKEEPER_MAX_CONCURRENT_CALLS",
        str(DEFAULT_MAX_CONCURRENT_CALLS),
        "Calls that a worker takes at once; what is beyond gets RESOURCE_EXHAUSTED and a time to come again.",
        _calls,
    ),
    Setting(
        "max_waiting_calls",
        "SHOPKEEPER_MAX_WAITING_CALLS",
        str(DEFAULT_MAX_WAITING_CALLS),
        "Calls that wait for a worker to take them; what is beyond is CANCELLED as it comes in.",
        _calls,
    ),
    Setting(
        "state_uri",
        "SHOPKEEPER_STATE_URI",
        OWN_STATE,
        "Database of consent and histories. `sqlite` is a file in the state directory; several servers share "
        "`postgresql://USER@HOST/DATABASE`; `none` knows and keeps nobody.",
        _state,
    ),
    Setting(
        "keys",
        "SHOPKEEPER_KEYS",
        "",
        "File of the shop's keys, which ids are hashed with. Without it `keys` in the state directory, made at the "
        "first start with a database of its own.",
        _maybe_path,
    ),
    Setting(
        "privacy_rules",
        "SHOPKEEPER_PRIVACY_RULES",
        "",
        "File of the shop's privacy rules; without it opt-in everywhere and no sensitive topics.",
        _maybe_path,
    ),
    Setting(
        "placements",
        "SHOPKEEPER_PLACEMENTS",
        "",
        "File of the placements' manners: how much each says, and when it is quiet; without it the defaults.",
        _maybe_path,
    ),
    Setting(
        "experiments",
        "SHOPKEEPER_EXPERIMENTS",
        "",
        "File of the tests of models, read again whenever it changes; without it no test runs.",
        _maybe_path,
    ),
    Setting(
        "metrics_port",
        "SHOPKEEPER_METRICS_PORT",
        OFF,
        "Port of the figures for Prometheus, of all workers together; 0 takes any free one and logs it.",
        _maybe_port,
    ),
    Setting(
        "metrics_host",
        "SHOPKEEPER_METRICS_HOST",
        "127.0.0.1",
        "Address of that port; whoever reaches it reads the figures, so keep to a trusted network.",
        _text,
    ),
    Setting(
        "tls_cert",
        "SHOPKEEPER_TLS_CERT",
        "",
        "File of the server's certificate, PEM, with those up to its authority; without it connections are plain.",
        _maybe_path,
    ),
    Setting("tls_key", "SHOPKEEPER_TLS_KEY", "", "File of the certificate's key, PEM, no password.", _maybe_path),
    Setting(
        "tls_client_ca",
        "SHOPKEEPER_TLS_CLIENT_CA",
        "",
        "File of the authority that signs clients' certificates, PEM; clients without one of it are refused.",
        _maybe_path,
    ),
    Setting(
        "tokens",
        "SHOPKEEPER_TOKENS",
        "",
        "File of the callers' tokens, by their hashes; without it callers need none.",
        _maybe_path,
    ),
    Setting(
        "open_to_network",
        "SHOPKEEPER_OPEN_TO_NETWORK",
        "no",
        "Whether other machines may call without token and certificate; the option takes no value and says yes.",
        _flag,
        is_flag=True,
    ),
)
"""Every setting, in the order a table should list them."""


def as_environment(overrides: Mapping[str, str | None]) -> dict[str, str]:
    """Variables that say what the overrides of `Settings.read` say, None or missing where not given."""
    given = ((setting.variable, overrides.get(setting.name)) for setting in SETTINGS)
    return {variable: text for variable, text in given if text is not None}
