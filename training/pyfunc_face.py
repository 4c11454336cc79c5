"""The registered model as notebooks see it: item ids in, ranked rows out.

MLflow runs this file from the registry, next to the bundle it was registered with. So it needs nothing of
shopkeeper, and the two are always of the same release.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from numpy.typing import NDArray

RELATIONS = ("unspecified", "accessory", "complement", "refill", "alternative")
"""As in models.bundle.contents."""

BASES = ("purchases", "category", "title", "views")
"""As in models.bundle.contents."""

ALTERNATIVE = RELATIONS.index("alternative")
"""Bought instead of the item: in the bundle so that a server knows what not to show, and not shown here either."""


class Face(PythonModel):
    """What goes with each item of a DataFrame."""

    def load_context(self, context: PythonModelContext) -> None:
        """Map the bundle's arrays; MLflow calls this once."""
        bundle = Path(context.artifacts["bundle"])
        self.ids = _strings(_array(bundle, "item_id_bytes"), _array(bundle, "item_id_offsets"))
        self.index = pd.Index(self.ids)
        relation = _array(bundle, "item_pair_relation")
        # Alternatives are in the bundle for a server to know what not to show; no list holds them.
        shown = relation != RELATIONS.index("alternative")
        self.indptr = np.concatenate(([0], np.cumsum(shown)))[_array(bundle, "item_pair_indptr")]
        self.item = _array(bundle, "item_pair_item")[shown]
        self.probability = _array(bundle, "item_pair_probability")[shown]
        self.relation = relation[shown]
        self.basis = _array(bundle, "item_pair_basis")[shown]

    def predict(  # type: ignore[override]  # MLflow looks at the signature: without context is one of its two forms
        self, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """One row per recommended item, alternatives never; none for an item that the model does not know.

        Args:
            model_input: A request per row, with the column item_id.
            params: max_results, most rows per request, 1 or more, default 10; min_probability, rows below are
                left out, 0 to 1, default 0.

        Returns:
            Columns request (row number from 0), rank (1 is best), item_id, probability, relation and basis (what
            the pair rests on: purchases, category, title or views); in the order of request and rank.

        Raises:
            MlflowException: The input or a parameter is not as described.
        """
        asked, max_results, min_probability = _checked(model_input, params or {})
        anchor = self.index.get_indexer(asked)
        request = np.flatnonzero(anchor >= 0)
        begin, end = self.indptr[anchor[request]], self.indptr[anchor[request] + 1]
        length = end - begin
        pair = np.arange(length.sum()) + np.repeat(begin - np.cumsum(length) + length, length)
        request = np.repeat(request, length)
        shown = (self.relation[pair] != ALTERNATIVE) & (self.probability[pair] >= np.float32(min_probability))
        request, pair = request[shown], pair[shown]
        rank = np.arange(len(request)) - np.searchsorted(request, request)
        request, pair, rank = (values[rank < max_results] for values in (request, pair, rank))
        return pd.DataFrame(
            {
                "request": request.astype(np.int64),
                "rank": rank.astype(np.int64) + 1,
                "item_id": pd.Series(self.ids[self.item[pair]], dtype="str"),
                "probability": self.probability[pair].astype(np.float64),
                "relation": pd.Series(np.array(RELATIONS, dtype=object)[self.relation[pair]], dtype="str"),
                "basis": pd.Series(np.array(BASES, dtype=object)[self.basis[pair]], dtype="str"),
            }
        )


def _checked(model_input: pd.DataFrame, params: dict[str, Any]) -> tuple[pd.Series, int, float]:
    """The ids asked for, max_results and min_probability; all faults at once."""
    max_results = params.get("max_results", 10)
    min_probability = params.get("min_probability", 0.0)
    faults = []
    if "item_id" not in model_input:
        faults.append(f"the input has no column item_id; it has: {', '.join(map(str, model_input)) or 'none'}")
    if max_results < 1:
        faults.append(f"max_results must be 1 or more, is {max_results}")
    if not 0 <= min_probability <= 1:
        faults.append(f"min_probability must be 0 to 1, is {min_probability}")
    if faults:
        raise MlflowException.invalid_parameter_value("; ".join(faults))
    return model_input["item_id"], int(max_results), float(min_probability)


def _array(bundle: Path, name: str) -> NDArray[Any]:
    return np.asarray(np.load(bundle / f"{name}.npy", mmap_mode="r", allow_pickle=False))


def _strings(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.object_]:
    text, ends = data.tobytes(), offsets.tolist()
    strings = np.empty(len(ends) - 1, dtype=object)
    strings[:] = [text[begin:end].decode() for begin, end in pairwise(ends)]
    return strings


# MLflow runs the file to get the model: this line is how the file hands it over.
mlflow.models.set_model(Face())
