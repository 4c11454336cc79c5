"""People whom events name by the ledger's numbers, as an export of kept events does, in place of ids.

The numbers have columns of their own, so that no id of a shop's can be taken for one. Once checked they stand where
ids do, in a form that no id may have.
"""

from functools import reduce
from operator import or_
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import Fault
from training.identities import NOBODY
from training.reading import ORIGINAL, OpenTable, files_of
from training.validation import Rule

CUSTOMER, VISITOR = "ledger_customer", "ledger_visitor"
"""Columns of whole numbers."""

NEEDS_LEDGER = "are of `shopkeeper export-events`, whose people only the ledger knows: give --ledger and --keys"
"""Said of events without a ledger."""

_IDS = {CUSTOMER: "customer_id", VISITOR: "visitor_id"}
_NAME = "number of the ledger "


def name_of(number: ir.IntegerValue) -> ir.StringValue:
    """What stands for an id of who is known by a number alone."""
    return ibis.literal(_NAME) + number.cast("string")


def is_number(name: ir.StringValue) -> ir.BooleanValue:
    """Whether it is the name of a number."""
    return name.startswith(_NAME)


def number_of(name: ir.StringValue) -> ir.IntegerValue:
    """The number of a name that is of one."""
    return name.substr(len(_NAME)).cast("int64")


def has_numbers(table: OpenTable) -> bool:
    """Whether events may name people by numbers."""
    return any(column in table.rows.columns for column in _IDS)


def faults_of_numbers(table: OpenTable, *, is_by_file: bool) -> list[Fault]:
    """What is wrong with the columns of numbers.

    Args:
        table: Events.
        is_by_file: Whether a file says who consents, which knows people by ids.
    """
    types = table.rows.schema()
    found = [column for column in _IDS if column in types]
    if found and is_by_file:
        return [Fault("events", NEEDS_LEDGER)]
    return [
        Fault(f"events.{column}", f"wanted integer, found {types[column]}")
        for column in found
        if not types[column].is_integer() and not types[column].is_null()
    ]


def with_numbers(rows: ir.Table) -> ir.Table:
    """Typed events that break no rule, with names of numbers in the place of ids where there are such."""
    values = {
        name: rows[name].coalesce(name_of(rows[ORIGINAL + column]))
        for column, name in _IDS.items()
        if ORIGINAL + column in rows.columns
    }
    return rows.mutate(**values)


def rules_of_numbers(rows: ir.Table) -> list[Rule]:
    """What typed events may not say of who did it.

    An id that reads as a number is none: else whoever chooses an id, as a browser does, would choose whose word counts.
    """
    names = [rows[name] for name in _IDS.values()]
    reads_as_number = reduce(or_, (is_number(name).fill_null(False) for name in names))
    rules = [Rule(reads_as_number, "an id reads as a number of the ledger")]
    numbers = [rows[ORIGINAL + column].notnull() for column in _IDS if ORIGINAL + column in rows.columns]
    if numbers:
        has_id = reduce(or_, (name.notnull() for name in names))
        rules.append(Rule(has_id & reduce(or_, numbers), "people are named by ids and by numbers of the ledger"))
    return rules


def faults_of_names(pairs: ir.Table) -> list[Fault]:
    """A fault if some people are named by ids and others by numbers.

    Nobody would know that two of them are one, who would then count twice under a published pair.

    Args:
        pairs: Columns customer_id and visitor_id, NOBODY where one is missing.
    """
    ids = [pairs[name] for name in _IDS.values()]
    by_number = reduce(or_, map(is_number, ids))
    by_id = reduce(or_, ((name != NOBODY) & ~is_number(name) for name in ids))
    found = pairs.aggregate(number=by_number.any(), id=by_id.any()).to_pyarrow().to_pylist()[0]
    return [Fault("events", _MIXED)] if found["number"] and found["id"] else []


_MIXED = (
    "are in part of `shopkeeper export-events`, where people are numbers of the ledger, and in part of files where "
    "they are ids, so that one person would count as two: train on a folder of the one or of the other"
)


def is_exported(path: Path) -> bool:
    """Whether a file of events, or one of a folder, names people by numbers; not where it cannot be read."""
    for file in files_of(path):
        try:
            if not _IDS.keys().isdisjoint(pq.read_schema(file).names):
                return True
        except (OSError, pa.ArrowException):
            continue
    return False
