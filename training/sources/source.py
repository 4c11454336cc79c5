"""What an adapter says of its events file; the other tables have the native form whatever the source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from training.schema import TableSchema
from training.validation import Rule


def _nothing(_rows: ir.Table) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Source:
    """A form that events come in.

    Attributes:
        name: What `--source` says.
        events: The columns of the file.
        to_native: Typed rows of the file to the same rows with the columns of schema.EVENTS added or replaced, and
            item_title where the source names its items. Rows stay, bad ones too. None where the file has them already.
        set_aside: Rules over rows as to_native gives them, for those that are no events of a shopper with a product.
    """

    name: str
    events: TableSchema
    to_native: Callable[[ir.Table], ir.Table] | None = None
    set_aside: Callable[[ir.Table], Sequence[Rule]] = _nothing
