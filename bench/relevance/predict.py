"""Writes the lists of a registered model for the pages of a file of cases, as an evaluation script wants them.

python -m bench.relevance.predict MODEL_URI CASES.parquet OUT.parquet

CASES has columns case_id and item_id; OUT gets case_id, rank (1 is best) and item_id, 20 rows a case at most. MLflow's
store is MLFLOW_TRACKING_URI, else sqlite:///mlflow.db.
"""

import os
import sys

os.environ.setdefault("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")


def main(model_uri: str, cases: str, out: str) -> None:
    """Predict through the model's pyfunc face, with the bar at 0."""
    import mlflow
    import pandas as pd

    pages = pd.read_parquet(cases)
    lists = mlflow.pyfunc.load_model(model_uri).predict(
        pages[["item_id"]], params={"max_results": 20, "min_probability": 0.0}
    )
    lists["case_id"] = pages["case_id"].to_numpy()[lists["request"]]
    lists[["case_id", "rank", "item_id"]].to_parquet(out)
    print(f"{len(pages):,} cases, {len(lists):,} rows")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
