"""`shopkeeper recommend`: asks a running server what goes with an item."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cli.answer_words import PERSONALISATION, QUIET, RESTS_ON, SEEMS
from cli.connection import add_connection, connection_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from shopkeeper.v1 import recommendation_service_pb2 as pb

    from cli.client import Page


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
    parser.add_argument(
        "--max-results",
        type=int,
        default=0,
        metavar="N",
        help="most items, of which a placement shows no more than its most_results; 0: the placement's number",
    )
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

    print_answer(Console(), page, answer)
    return 0


def print_answer(console: "Console", page: "Page", answer: "pb.RecommendResponse") -> None:
    """Print an answer as a table and the reasons below it, or say why it is empty; of a named shopper, about history.

    Args:
        console: Where to.
        page: That was asked for.
        answer: To it.
    """
    from rich.markup import escape

    if answer.recommendations:
        console.print(_table(page.item_id, answer))
        console.print()
        console.print(_reasons(answer))
        console.print(_chance(page.item_id, answer), highlight=False)
    else:
        if page.item_id:
            console.print(f"[bold]{escape(_titled(page.item_id, answer.anchor_title))}[/bold]")
        console.print(_quiet(page, answer), markup=False, highlight=False)
    for line in _about(page, answer):
        console.print(line, style="dim", markup=False, highlight=False)


def _quiet(page: "Page", answer: "pb.RecommendResponse") -> str:
    """Why it is empty."""
    from shopkeeper.v1 import recommendation_service_pb2 as pb

    if answer.quiet_reason != pb.QUIET_REASON_UNKNOWN_ITEM:
        reason = pb.QuietReason.Name(answer.quiet_reason)
        return QUIET.get(reason, f"Nothing to show ({reason}).")
    named = list(dict.fromkeys(one for one in (page.item_id, *page.cart_item_ids, *page.viewed_item_ids) if one))
    if not named:
        return "No item is named, so there is nothing to go on."
    known = f"does not know {named[0]}" if len(named) == 1 else f"knows none of {', '.join(named)}"
    return f"The model {known}, so there is nothing to go on."


def _about(page: "Page", answer: "pb.RecommendResponse") -> Iterator[str]:
    """What holds of the answer as a whole, a line each."""
    from shopkeeper.v1 import recommendation_service_pb2 as pb

    n_shown = len(answer.recommendations)
    if 0 < n_shown < page.max_results:
        yield (
            f"{n_shown} of the {page.max_results} asked for: no more goes with it, is probable enough to be shown, or "
            "is let through by the placement (most_results and its other manners)"
        )
    if page.customer_id or page.visitor_id:
        yield _history(answer)
    told = []
    if rests_on := RESTS_ON.get(pb.Rung.Name(answer.rung)):
        told.append(f"rests on {rests_on}" + (f' ("{answer.based_on_text}")' if answer.based_on_text else ""))
    if answer.moment:
        told.append(SEEMS[pb.Moment.Name(answer.moment)])
    if told:
        yield "; ".join(told)
    yield f"model {answer.model_version or 'none'}"


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
    relations = [pb.Relation.Name(item.relation).removeprefix("RELATION_").lower() for item in answer.recommendations]
    has_relations = any(item.relation for item in answer.recommendations)
    if has_relations:
        table.add_column("relation", no_wrap=True)
    table.add_column("chance", justify="right", no_wrap=True)
    for rank, (item, relation) in enumerate(zip(answer.recommendations, relations, strict=True), start=1):
        cells: list[str | Text] = [str(rank), Text(item.title), Text(item.item_id)]
        if has_relations:
            cells.append(relation if item.relation else "")
        table.add_row(*cells, f"{item.probability:.1%}")
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


def _chance(item_id: str, answer: "pb.RecommendResponse") -> str:
    """What the chances are shares of: probabilities are calibrated on orders of two items or more, and on no others."""
    if item_id and all(item.reason.evidence_item_id == item_id for item in answer.recommendations):
        return "chance: of orders of this item with something else, the share that holds it"
    return "chance: of orders of what it goes with and more, the share that holds it"


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
