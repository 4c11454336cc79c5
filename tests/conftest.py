"""What every test may ask for, and the environment that libraries read when they are imported."""

import os
from pathlib import Path

import hypothesis
import pytest

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # implicit warns otherwise; it threads above BLAS
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

# A machine that others share is slow at times; how fast things are is measured in bench/.
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the repository, where there is one."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data sets in {folder}")
    return folder
