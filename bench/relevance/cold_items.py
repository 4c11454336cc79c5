"""How good are the candidates of items without orders, and can their probabilities be trusted?

    python -m bench.relevance.cold_items shop DIR
    python -m bench.relevance.cold_items titles TRAIN.parquet DATA.parquet

`shop`: DIR holds the files of `shopkeeper simulate`. Precision at 4 against the truth of the items that have just come
in, and of one item in twenty whose orders are hidden (mean of five draws), with the default floor. `titles`: TRAIN as
an evaluation script prepares it from DATA, UCI's Online Retail II with its item names; without categories nothing is
over a floor, so this is the ranking alone. Both print the calibration error of the model on anchors it had not seen,
and on the last tenth of the orders for items whose earlier orders are hidden.

Published pairs to borrow from are plain counts here: shares of the anchor's orders, of pairs that five orders or more
hold and that are twice as frequent as chance.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.bundle.contents import RankedPairs
from models.cold_evidence import COLUMNS, ColdPairs
from models.cold_items import cold_pairs
from models.cold_model import COLD_ORDERS, ColdModel, Outcomes, calibration_error, fit_cold_model
from models.counting import column_sums
from models.histories import Histories
from models.lists import best_of_each
from models.relations import COMPLEMENT, RelationRules
from models.titles import Titles, read_titles
from training.ingest import Inputs, ingest
from training.settings import TrainingSettings
from training.split import split_in_time

MIN_PAIR_ORDERS = 5
FIRST = 4
SETTINGS = TrainingSettings()


def main(arguments: list[str]) -> None:
    """Measure one of the two."""
    match arguments:
        case ["shop", folder]:
            histories = read(*(Path(folder) / f"{n}.parquet" for n in ("events", "consent", "identities", "catalogue")))
            measure_shop(histories, truth_of(Path(folder) / "truth.parquet"))
        case ["titles", train, data]:
            with tempfile.TemporaryDirectory() as folder:
                catalogue = Path(folder) / "catalogue.parquet"
                write_titles(Path(data), catalogue)
                measure_titles(read(Path(train), None, None, catalogue))
        case _:
            sys.exit(__doc__)


def measure_shop(histories: Histories, truth: dict[str, set[str]]) -> None:
    """Precision at 4 and calibration on a simulated shop."""
    titles = read_titles(histories.catalogue.titles)
    model = fitted(histories, titles, SETTINGS.min_shoppers)
    new = column_sums(histories.orders_items) == 0
    pairs = ranked(histories, plain_pairs(histories), model, titles, SETTINGS.min_shoppers)
    report("items that have just come in", precision(histories, pairs, truth, new))
    draws = []
    for seed in range(5):
        hidden = sample(~new, 0.05, seed)
        bare = without(histories, hidden)
        pairs = ranked(bare, plain_pairs(bare), model, titles, SETTINGS.min_shoppers)
        draws.append(precision(histories, pairs, truth, hidden))
    report("one item in twenty, hidden", np.mean(draws, axis=0))
    measure_calibration(histories, titles, model, SETTINGS.min_shoppers)


def measure_titles(histories: Histories) -> None:
    """Calibration on real orders, from titles alone."""
    titles = read_titles(histories.catalogue.titles)
    measure_calibration(histories, titles, fitted(histories, titles, 0), 0)


def measure_calibration(histories: Histories, titles: Titles, model: ColdModel, floor: int) -> None:
    """Calibration error on the last tenth of the orders, of a tenth of the items, their earlier orders hidden."""
    print(f"calibration error on hidden anchors, all candidates: {model.calibration_error:.4f}")
    split = split_in_time(histories, n_slices=1, validation_share=0.1, test_share=0.1)
    known = histories.before(split.test.start_s)
    hidden = sample(column_sums(known.orders_items) >= COLD_ORDERS, 0.1, 77)
    bare = without(known, hidden)
    pairs = ranked(bare, plain_pairs(bare), model, titles, floor)
    anchor = np.repeat(np.arange(histories.n_items), np.diff(pairs.indptr))
    rank = np.arange(len(anchor)) - pairs.indptr[anchor]
    outcomes = Outcomes(histories.orders_items[split.test.first :], n_threads=1)
    for name, n_first in (("all published", SETTINGS.max_candidates), ("the first ten", 10)):
        shown = hidden[anchor] & (outcomes.pages[anchor] > 0) & (rank < n_first)
        outcome, weight = outcomes(
            ColdPairs(
                anchor[shown],
                pairs.item[shown].astype(np.int64),
                pairs.n_shoppers[shown].astype(np.float32),
                np.zeros((int(shown.sum()), len(COLUMNS)), np.float32),
            )
        )
        said = pairs.probability[shown]
        print(
            f"last tenth, {name}: {len(np.unique(anchor[shown]))} anchors, calibration error "
            f"{calibration_error(said, outcome, weight):.4f}, said {np.average(said, weights=weight):.4f}, "
            f"happened {np.average(outcome, weights=weight):.4f}"
        )


def fitted(histories: Histories, titles: Titles, floor: int) -> ColdModel:
    """As the trainer fits it: evidence before the validation slice, outcomes in it."""
    split = split_in_time(histories, n_slices=1, validation_share=0.1, test_share=0.1)
    before = histories.before(split.calibration.start_s)
    later = histories.orders_items[split.calibration.first : split.calibration.end]
    return fit_cold_model(before, plain_pairs(before), later, titles, min_shoppers=floor, seed=0)


def ranked(histories: Histories, warm: RankedPairs, model: ColdModel, titles: Titles, floor: int) -> RankedPairs:
    """Cold pairs with the defaults of the trainer."""
    return cold_pairs(
        histories,
        warm,
        model,
        titles,
        min_shoppers=floor,
        min_lift=SETTINGS.min_lift,
        max_candidates=SETTINGS.max_candidates,
        rules=RelationRules(),
    )


def plain_pairs(histories: Histories) -> RankedPairs:
    """What five orders or more hold together, twice as often as chance, by share of the anchor's orders."""
    both = csr_array(histories.orders_items.T @ histories.orders_items).tocoo()
    bought = column_sums(histories.orders_items)
    lift = both.data * max(1, histories.n_orders) / (bought[both.row] * bought[both.col])
    keep = (both.row != both.col) & (both.data >= MIN_PAIR_ORDERS) & (lift >= 2)
    anchor, item, count = both.row[keep], both.col[keep], both.data[keep]
    share = (count / bought[anchor]).astype(np.float32)
    n_best = SETTINGS.max_candidates
    indptr, best = best_of_each(anchor, item, share, n_anchors=histories.n_items, n_best=n_best)
    relation = np.full(len(best), COMPLEMENT, np.uint8)
    return RankedPairs(indptr, item[best].astype(np.int32), share[best], relation, count[best].astype(np.uint32))


def precision(
    histories: Histories, pairs: RankedPairs, truth: dict[str, set[str]], anchors: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Anchors with truth, precision at 4, and the highest there could be: an anchor may have fewer true items."""
    found, possible = [], []
    for anchor in np.flatnonzero(anchors).tolist():
        wanted = truth.get(histories.items.ids[anchor], set())
        if wanted:
            first = pairs.item[pairs.indptr[anchor] : pairs.indptr[anchor + 1]][:FIRST]
            found.append(sum(histories.items.ids[item] in wanted for item in first) / FIRST)
            possible.append(min(FIRST, len(wanted)) / FIRST)
    return len(found), float(np.mean(found)), float(np.mean(possible))


def report(name: str, figures: tuple[float, float, float] | NDArray[np.float64]) -> None:
    """One line."""
    n_anchors, found, possible = figures
    print(f"{name}: {n_anchors:.0f} anchors with truth, precision at 4 {found:.3f}, at most {possible:.3f}")


def without(histories: Histories, hidden: NDArray[np.bool_]) -> Histories:
    """The same shop, had nobody bought the hidden items."""
    orders_items = histories.orders_items.copy()
    orders_items.data = np.where(hidden[orders_items.indices], 0, orders_items.data).astype(np.float32)
    orders_items.eliminate_zeros()
    return replace(histories, orders_items=orders_items)


def sample(among: NDArray[np.bool_], share: float, seed: int) -> NDArray[np.bool_]:
    """A share of the items, at random."""
    drawn = np.zeros(len(among), np.bool_)
    places = np.flatnonzero(among)
    drawn[np.random.default_rng(seed).choice(places, int(share * len(places)), replace=False)] = True
    return drawn


def read(events: Path, consent: Path | None, identities: Path | None, catalogue: Path) -> Histories:
    """Consented histories; without a file of consent the data is research data."""
    reason = None if consent else "public research data"
    with tempfile.TemporaryDirectory() as quarantine:
        inputs = Inputs(events, consent, identities, catalogue, assume_consent=reason)
        return ingest(inputs, quarantine=Path(quarantine), threads=1)[0]


def truth_of(path: Path) -> dict[str, set[str]]:
    """True accessories, complements and refills of each anchor."""
    pairs = duckdb.read_parquet(str(path)).filter("relation <> 'alternative'")
    return {anchor: set(items) for anchor, items in pairs.aggregate("anchor_item_id, list(item_id)").fetchall()}


def write_titles(data: Path, out: Path) -> None:
    """A catalogue of the most frequent name of each item."""
    named = (
        duckdb.read_parquet(str(data)).filter("item_name IS NOT NULL").aggregate("item_id, item_name, count(*) AS n")
    )
    best = named.aggregate("item_id, first(item_name ORDER BY n DESC, item_name) AS title")
    best.project("*, '' AS category, NULL::DOUBLE AS price, true AS available").write_parquet(str(out))


if __name__ == "__main__":
    main(sys.argv[1:])
