"""Which test a report is asked of, and whether the file says of it what servers ran."""

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from cli.privacy_options import opened_database
from models.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from experiments.definition import Experiment


class Asked(NamedTuple):
    """What to report.

    Attributes:
        experiment: The test.
        as_of: What came later is left out; None for nothing.
        warnings: Where the file says something else than servers run, of what may change.
    """

    experiment: "Experiment"
    as_of: datetime | None
    warnings: tuple[str, ...]


def asked(arguments: argparse.Namespace, now: datetime) -> Asked:
    """The test of a name or of a salt.

    Of a name it is what the file says, held to what servers ran under its salt: arms, metrics and levels of another
    test than the one that was drawn would make another verdict of its counts. Files of events know of no servers.

    Args:
        arguments: Of the report.
        now: UTC.

    Raises:
        InvalidInputError: With every fault of the options, of the file, or of the test beside what servers ran.
        ShopkeeperError: The database cannot be read, or a later release served the test.
    """
    faults = list(_faults_of_options(arguments))
    as_of, wrong = _time(arguments.as_of, now)
    faults += wrong
    test = None
    if arguments.name and not arguments.salt:
        test = _in_file(arguments, faults)
    if faults:
        raise InvalidInputError("the report", faults)
    if test is not None and arguments.events is not None:
        return Asked(test, as_of, ())
    if test is None:
        served = _served(arguments, arguments.salt)
        if served is None:
            description = (
                f"no server has run a test with the salt {arguments.salt!r}: `experiment list` has those known"
            )
            raise InvalidInputError("the report", [Fault("--salt", description)])
        if wrong := list(_faults_of_first_look(arguments, served)):
            raise InvalidInputError("the report", wrong)
        return Asked(served, as_of, _of_then(as_of))
    return Asked(test, as_of, (*_of_then(as_of), *_beside_served(arguments, test)))


def _of_then(as_of: datetime | None) -> tuple[str, ...]:
    if as_of is None:
        return ()
    what = "who opted out, muted a topic or left, and which answers pages reported"
    return (f"As of a time that is past it is not told {what}: that is tallied without a day.",)


def _faults_of_options(arguments: argparse.Namespace) -> "list[Fault]":
    faults = []
    if bool(arguments.name) == bool(arguments.salt):
        faults.append(Fault("NAME", "or --salt says which test, one of the two"))
    if arguments.events is not None and arguments.state_uri is not None:
        faults.append(Fault("--events", "and --state-uri: events come from one of the two"))
    if arguments.events is not None and arguments.salt:
        faults.append(Fault("--events", "and --salt: only the database knows tests by their salt"))
    return faults


def _time(text: str | None, now: datetime) -> tuple[datetime | None, list[Fault]]:
    if text is None:
        return None, []
    try:
        as_of = datetime.fromisoformat(text)
    except ValueError:
        return None, [Fault("--as-of", f"must be a time such as 2026-03-01T12:00Z, is {text}")]
    as_of = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    return as_of, [Fault("--as-of", f"is not yet: {text}")] if as_of > now else []


def _in_file(arguments: argparse.Namespace, faults: list[Fault]) -> "Experiment | None":
    from experiments.experiments_file import read_experiments
    from service.core.placements import PLACEMENTS

    found = read_experiments(arguments.file, PLACEMENTS).experiments
    if arguments.name in found:
        faults.extend(_faults_of_first_look(arguments, found[arguments.name]))
        return found[arguments.name]
    known = ", ".join(found) or "no tests"
    remedy = "a test that was taken out is found by its --salt"
    faults.append(Fault("NAME", f"{arguments.file} has {known}, and not {arguments.name!r}; {remedy}"))
    return None


def _faults_of_first_look(arguments: argparse.Namespace, experiment: "Experiment") -> "list[Fault]":
    if not experiment.interleaved:
        return []
    why = f"{experiment.name} shows two lists as one, which is a first look: only a test of arms has it"
    return [Fault(f"--{key}", why) for key in ("html", "record") if getattr(arguments, key) is not None]


def _served(arguments: argparse.Namespace, salt: str) -> "Experiment | None":
    """What servers last ran under a salt; None where none did."""
    from service.adapters.experiment_store import UnreadableTestError
    from service.adapters.served_tests import served_tests

    with opened_database(arguments, writes=False) as database, database.reading() as connection:
        found = served_tests(connection, salt).get(salt)
    if found is not None and found.definition is None:
        raise UnreadableTestError(f"the test with the salt {salt} was served by a later release, which says more of it")
    return None if found is None else found.definition


def _beside_served(arguments: argparse.Namespace, test: "Experiment") -> tuple[str, ...]:
    from experiments.beside_served import faults_beside, warnings_beside

    served = _served(arguments, test.salt)
    if served is None:
        return (f"No server has run a test with the salt {test.salt}.",)
    if faults := faults_beside(served, test, decides=arguments.record is not None):
        hint = f"`experiment report --salt {test.salt}` goes by what they ran, `experiment list --json` shows it"
        raise InvalidInputError(f"{arguments.file}, beside what servers run ({hint}),", faults)
    return tuple(warnings_beside(served, test))
