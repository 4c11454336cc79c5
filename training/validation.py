"""Rows that cannot be what they say: found with all their reasons, set aside in files, counted, never dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

import ibis
import ibis.expr.types as ir

from models.errors import Fault
from models.items import MAX_ID_BYTES
from training.reading import CSV_LINE, ORIGINAL
from training.schema import EARLIEST, LATEST, MAX_AMOUNT, Column, Kind, TableSchema

REASON = "quarantine_reason"

# Unicode's category Cc, as the server's validation has it.
CONTROL_CHARACTERS = r"[\x00-\x1f\x7f-\x{9f}]"

# With more bad rows than good ones the columns are probably those of another file.
MAX_BAD_SHARE = 0.5


@ibis.udf.scalar.builtin(name="strlen")  # type: ignore[untyped-decorator]
def _n_bytes(text: str) -> int:  # type: ignore[empty-body]
    """Bytes of the UTF-8 form; ibis itself counts characters only."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way for a row to be bad.

    Attributes:
        is_broken: True in bad rows, never null.
        reason: What is wrong, the same words for every row: reasons are counted.
    """

    is_broken: ir.BooleanValue
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A table parted in two.

    Attributes:
        good: Rows that break no rule, all columns.
        bad: The others, and REASON.
    """

    good: ir.Table
    bad: ir.Table


def check(rows: ir.Table, schema: TableSchema, set_aside: Sequence[Rule] = ()) -> Checked:
    """Part a typed table by the schema's rules.

    Args:
        rows: As reading.typed gives them; further columns are kept in both parts.
        schema: What a row may hold.
        set_aside: Rules of the source that go first: a row that breaks one gets that reason alone.
    """
    own = [rule for column in schema.columns for rule in _rules(rows[column.name], column)]
    line = ORIGINAL + CSV_LINE
    if line in rows.columns:
        broken = Rule(rows[line].notnull(), "the line does not split into the header's columns")
        set_aside = (broken, *set_aside)
    is_bad = reduce(or_, (rule.is_broken for rule in (*set_aside, *own)))
    all_own = ibis.array([rule.is_broken.ifelse(rule.reason, ibis.null("string")) for rule in own])
    joined = all_own.filter(lambda reason: reason.notnull()).join("; ")
    reason = ibis.cases(*((rule.is_broken, rule.reason) for rule in set_aside), else_=joined) if set_aside else joined
    return Checked(good=rows.filter(~is_bad), bad=rows.filter(is_bad).mutate(**{REASON: reason}))


def part_duplicates(rows: ir.Table, key: str) -> tuple[ir.Table, ir.Table]:
    """The first row of each key, and the others with REASON; first is by content, never by place in the file."""
    content = sorted(name for name in rows.columns if not name.startswith(ORIGINAL) and name != key)
    place = ibis.row_number().over(group_by=key, order_by=[rows[name] for name in content])
    placed = rows.mutate(place=place)
    later = placed.filter(placed.place > 0).drop("place")
    return placed.filter(placed.place == 0).drop("place"), later.mutate(**{REASON: ibis.literal(f"duplicate {key}")})


def repeated(rows: ir.Table, key: str) -> ir.Table:
    """The keys that more than one row has."""
    # Equal keys have equal hashes, and hashes are small: only the few keys whose hash repeats are compared in full.
    hashed = rows.select(hash=rows[key].hash())
    suspects = hashed.group_by("hash").having(hashed.count() > 1).aggregate()
    few = rows.filter(rows[key].hash().isin(suspects["hash"])).select(key)
    return few.group_by(key).having(few.count() > 1).aggregate()


def quarantine(bad: Sequence[ir.Table], path: Path) -> dict[str, int]:
    """Write bad rows, with the columns they had in the file and REASON, and count them by reason.

    The file is replaced, and removed if there are none. It holds people's data as it came in, consent or not, so
    only its owner can read it.
    """
    path.unlink(missing_ok=True)
    rows = reduce(lambda left, right: left.union(right), [_originals(table) for table in bad])
    counted = rows.group_by(REASON).aggregate(n=rows.count()).order_by(REASON).to_pyarrow()
    counts: dict[str, int] = dict(zip(counted[REASON].to_pylist(), counted["n"].to_pylist(), strict=True))
    if counts:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows.order_by(*rows.columns).to_parquet(path)
        path.chmod(0o600)
    return counts


def faults_of_rows(table: str, n_rows: int, bad: Mapping[str, int]) -> list[Fault]:
    """A fault if so many rows are bad that the file is probably not what it was taken for."""
    n_bad = sum(bad.values())
    if n_bad <= MAX_BAD_SHARE * n_rows:
        return []
    reasons = ", ".join(f"{reason} ({n:,})" for reason, n in sorted(bad.items(), key=lambda pair: (-pair[1], pair[0])))
    return [Fault(table, f"{n_bad:,} of {n_rows:,} rows are bad, so it is probably the wrong file: {reasons}")]


def _originals(table: ir.Table) -> ir.Table:
    names = [name for name in table.columns if name.startswith(ORIGINAL) and name != ORIGINAL + REASON]
    return table.select(**{name.removeprefix(ORIGINAL): table[name] for name in names}, **{REASON: table[REASON]})


def _rules(value: ir.Value, column: Column) -> list[Rule]:
    rules = []
    if column.required:
        rules.append(Rule(value.isnull(), f"{column.name} is missing or unreadable"))
    if column.choices:
        allowed = ", ".join(column.choices)
        rules.append(Rule(_known(~value.isin(column.choices)), f"{column.name} is none of: {allowed}"))
    match column.kind:
        case Kind.ID:
            too_long = f"{column.name} is longer than {MAX_ID_BYTES} bytes"
            rules.append(Rule(_known(_n_bytes(value) > MAX_ID_BYTES), too_long))
            if column.printable:
                rules.append(Rule(_known(value.re_search(CONTROL_CHARACTERS)), f"{column.name} has control characters"))
        case Kind.TIME:
            outside = (value < EARLIEST.replace(tzinfo=None)) | (value >= LATEST.replace(tzinfo=None))
            rules.append(Rule(_known(outside), f"{column.name} is not from {EARLIEST.year} to {LATEST.year}"))
        case Kind.COUNT:
            whole = value.between(1, MAX_AMOUNT) & (value % 1 == 0)
            rules.append(Rule(_known(~whole | value.isnan()), f"{column.name} is not a whole number above 0"))
        case Kind.AMOUNT:
            fits = value.between(0, MAX_AMOUNT)
            rules.append(Rule(_known(~fits | value.isnan()), f"{column.name} is not a number from 0 to {MAX_AMOUNT:g}"))
        case Kind.FLAG:
            rules.append(Rule(_known(~value.isin(("true", "false"))), f"{column.name} is neither true nor false"))
        case Kind.TEXT:
            pass
    return rules


def _known(condition: ir.BooleanValue) -> ir.BooleanValue:
    """The condition where the value exists; a missing value is the required rule's matter."""
    return condition.fill_null(False)
