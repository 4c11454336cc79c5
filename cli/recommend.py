"""`shopkeeper recommend`: asks a running server what goes with an item."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.connection import add_connection, connection_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from shopkeeper.v1 import recommendation_service_pb2 as pb

QUIET = {
    "QUIET_REASON_UNKNOWN_ITEM": "The model knows none of these items, so there is nothing to go on.",
    "QUIET_REASON_NO_CANDIDATES": "The model knows this, but nothing goes with it.",
    "QUIET_REASON_BELOW_BAR": "Some items go with this, but none is probable enough to show.",
    "QUIET_REASON_ALL_EXCLUDED": (
        "What goes with this is in the cart, shown or dismissed already, cannot be bought, would replace it, or is "
        "held back by the placement's manners."
    ),
    "QUIET_REASON_TOO_FEW": "Fewer items go with it than this placement shows at least.",
    "QUIET_REASON_NO_MODEL": "The server has no model yet: its log says why. `shopkeeper train` makes one.",
}
"""Why an answer is empty, in plain words."""

PERSONALISATION = {
    "CONSENT_REASON_NEVER_ASKED": "is not used: the shopper was never asked",
    "CONSENT_REASON_DENIED": "is not used: the shopper said no",
    "CONSENT_REASON_LAPSED": "is not used: the shopper's yes no longer counts, by a newer policy or another law",
    "CONSENT_REASON_GLOBAL_PRIVACY_CONTROL": "is not used: the browser objects",
    "CONSENT_REASON_TCF_REFUSED": "is not used: the consent string does not plainly allow it",
    "CONSENT_REASON_UNAVAILABLE": "is not used: what the shopper said cannot be looked up now",
    "CONSENT_REASON_UNSPECIFIED": "is not used: the server keeps none, or has no model yet",
}
"""Why what a shopper did before is used or not, in plain words after "history"."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "recommend",
        help="ask a running server what goes with an item",
        description="Ask a running server what goes with an item, and why.",
    )
    parser.add_argument("item_id", metavar="ITEM_ID", nargs="?", default="", help="the page's item")
    parser.add_argument(
        "--placement", default="product_page", help="product_page (default), cart or order_confirmation"
    )
    for name, text in (
        ("cart", "in the cart"),
        ("viewed", "viewed in this session, oldest first"),
        ("shown", "on the page already"),
        ("dismissed", "waved away by the shopper"),
    ):
        parser.add_argument(f"--{name}", nargs="+", action="extend", default=[], metavar="ID", help=f"items {text}")
    parser.add_argument("--max-results", type=int, default=0, metavar="N", help="most items; 0: the placement's number")
    parser.add_argument("--customer", default="", metavar="ID", help="the account before the page")
    parser.add_argument("--visitor", default="", metavar="ID", help="the browser before the page")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    add_connection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer; an empty one is no failure.

    Raises:
        InvalidInputError: Names every field at fault.
        ShopkeeperError: No server answers, or it fails.
    """
    from cli.client import Page, recommend

    page = Page(
        item_id=arguments.item_id,
        placement=arguments.placement,
        cart_item_ids=arguments.cart,
        viewed_item_ids=arguments.viewed,
        shown_item_ids=arguments.shown,
        dismissed_item_ids=arguments.dismissed,
        max_results=arguments.max_results,
        customer_id=arguments.customer,
        visitor_id=arguments.visitor,
    )
    answer = recommend(page, connection_of(arguments))
    if arguments.json:
        from google.protobuf.json_format import MessageToJson

        print(MessageToJson(answer, ensure_ascii=False))
        return 0
    from rich.console import Console

    names_shopper = bool(page.customer_id or page.visitor_id)
    print_answer(Console(), page.item_id, answer, names_shopper=names_shopper)
    return 0


def print_answer(
    console: "Console", item_id: str, answer: "pb.RecommendResponse", *, names_shopper: bool = False
) -> None:
    """Print an answer as a table and the reasons below it, or say why it is empty; of a named shopper, about history.

    Args:
        console: Where to.
        item_id: The page's; empty for a cart.
        answer: To it.
        names_shopper: Whether the request named one.
    """
    from rich.markup import escape
    from shopkeeper.v1 import recommendation_service_pb2 as pb

    if answer.recommendations:
        console.print(_table(item_id, answer))
        console.print()
        console.print(_reasons(answer))
    else:
        if item_id:
            console.print(f"[bold]{escape(_titled(item_id, answer.anchor_title))}[/bold]")
        reason = pb.QuietReason.Name(answer.quiet_reason)
        console.print(QUIET.get(reason, f"Nothing to show ({reason})."))
    if names_shopper:
        console.print(_history(answer), style="dim", highlight=False)
    rung = pb.Rung.Name(answer.rung).removeprefix("RUNG_").lower()
    told = f"model {escape(answer.model_version or 'none')}, rung {rung}"
    if answer.moment:
        told += f", moment {pb.Moment.Name(answer.moment).removeprefix('MOMENT_').lower()}"
    if answer.based_on_text:
        told += f", {answer.based_on_text[0].lower()}{answer.based_on_text[1:]}"
    console.print(told, style="dim", highlight=False)


def _history(answer: "pb.RecommendResponse") -> str:
    """Whether what the shopper did before was used, and why not."""
    from shopkeeper.v1 import recommendation_service_pb2 as pb
    from shopkeeper.v1 import shopper_pb2

    reason = shopper_pb2.ConsentReason.Name(answer.personalisation)
    if answer.rung == pb.RUNG_HISTORY:
        return "history was used: the shopper says yes to it"
    if answer.personalisation == shopper_pb2.CONSENT_REASON_GRANTED:
        return "history may be used, and brought nothing that is shown here"
    return f"history {PERSONALISATION.get(reason, f'is not used ({reason})')}"


def _table(item_id: str, answer: "pb.RecommendResponse") -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text
    from shopkeeper.v1 import recommendation_service_pb2 as pb

    title = f"Goes with {_titled(item_id, answer.anchor_title)}" if item_id else "Goes with the cart"
    table = Table(title=Text(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("title")
    table.add_column("item", overflow="fold")
    table.add_column("relation", no_wrap=True)
    table.add_column("chance", justify="right", no_wrap=True)
    for rank, item in enumerate(answer.recommendations, start=1):
        relation = pb.Relation.Name(item.relation).removeprefix("RELATION_").lower()
        table.add_row(
            str(rank),
            Text(item.title),
            Text(item.item_id),
            "" if relation == "unspecified" else relation,
            f"{item.probability:.1%}",
        )
    return table


def _reasons(answer: "pb.RecommendResponse") -> "Table":
    """Each reason once, with the ranks it is for: in the table it would stand in most of the rows."""
    from rich.table import Table
    from rich.text import Text

    ranks: dict[str, list[int]] = {}
    for rank, item in enumerate(answer.recommendations, start=1):
        ranks.setdefault(item.reason.text, []).append(rank)
    table = Table.grid(padding=(0, 2, 0, 0))
    for text, places in ranks.items():
        table.add_row(_runs(places), Text(text))
    return table


def _runs(numbers: Sequence[int]) -> str:
    """Rising numbers, those that follow each other joined: "1-3, 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _titled(item_id: str, title: str) -> str:
    return f"{title} ({item_id})" if title else item_id
