"""From settings to files."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulation.chunks import CONSENT_ROW, EVENT_ROW, IDENTITY_ROW, draw_chunk
from simulation.seasons import MICROSECONDS_A_DAY
from simulation.settings import SHOPPERS_A_CHUNK, Settings
from simulation.shop import open_shop
from simulation.spill import Spill
from simulation.summary import Summary, Tally
from simulation.tables import (
    CONSENT_PLAIN,
    EVENTS_PLAIN,
    IDENTITIES_PLAIN,
    catalogue_table,
    consent_table,
    events_table,
    identities_table,
    truth_table,
)
from simulation.writing import ParquetFile, is_simulated

FILES = ("events.parquet", "consent.parquet", "identities.parquet", "catalogue.parquet", "truth.parquet")
PARTIAL = ".simulation-"  # prefix of the folder, inside the output's, that an interrupted run leaves behind
EVENTS_A_SLICE = 1_000_000  # sorted and turned into text at once: about 300 MB
EVENTS_A_SHOPPER_YEAR = 62  # measured; it only sets the number of slices

Progress = Callable[[float], None]


def simulate(settings: Settings, out: Path, progress: Progress = lambda _: None) -> Summary:
    """Writes the five files of a simulated shop into `out` and returns what they hold.

    Args:
        settings: The size and the seed; the same settings give the same bytes.
        out: Created if missing. The files appear at the end; older ones of the same names go, and so does what
            an interrupted run left. One run at a time.
        progress: Called with the share done, 0 to 1.
    """
    out.mkdir(parents=True, exist_ok=True)
    for leftover in out.glob(f"{PARTIAL}*"):
        shutil.rmtree(leftover)
    folder = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=out))
    try:
        summary = _write(settings, folder, progress)
        for name in FILES:
            (folder / name).replace(out / name)
    finally:
        shutil.rmtree(folder)
    progress(1.0)
    return summary


def simulated_files(out: Path) -> list[str]:
    """Names in `out`, sorted, that a finished simulation wrote; none if it does not exist."""
    return sorted(name for name in FILES if (out / name).exists() and is_simulated(out / name))


def foreign_files(out: Path) -> list[str]:
    """Names in `out`, sorted, that no simulation wrote; none if it does not exist."""
    if not out.is_dir():
        return []
    return sorted(
        path.name
        for path in out.iterdir()
        if not (path.name.startswith(PARTIAL) or (path.name in FILES and is_simulated(path)))
    )


def _write(settings: Settings, folder: Path, progress: Progress) -> Summary:
    shop = open_shop(settings)
    tally = Tally(shop)
    n_chunks = -(-settings.shoppers // SHOPPERS_A_CHUNK)
    rows = settings.shoppers * settings.days / 365 * EVENTS_A_SHOPPER_YEAR
    n_slices = max(1, round(rows / EVENTS_A_SLICE))
    edges = np.linspace(0, settings.days * MICROSECONDS_A_DAY, n_slices + 1)[1:-1].astype(np.int64)
    # Consent records and identity links are few beside events: one slice for each ten of theirs.
    spills = {}
    for name, dtype, cuts in (
        ("events", EVENT_ROW, edges),
        ("consent", CONSENT_ROW, edges[9::10]),
        ("identities", IDENTITY_ROW, edges[9::10]),
    ):
        (folder / name).mkdir()
        spills[name] = Spill(folder / name, dtype, cuts)
    for number in range(n_chunks):
        chunk = draw_chunk(shop, number)
        tally.add(chunk)
        spills["events"].add(chunk.events)
        spills["consent"].add(chunk.consents)
        spills["identities"].add(chunk.identities)
        progress(0.45 * (number + 1) / n_chunks)
    _write_slices(
        spills["events"],
        folder / "events.parquet",
        EVENTS_PLAIN,
        lambda part: events_table(part, shop.catalogue, settings),
        lambda share: progress(0.45 + 0.5 * share),
    )
    _write_slices(
        spills["consent"], folder / "consent.parquet", CONSENT_PLAIN, lambda part: consent_table(part, settings)
    )
    _write_slices(
        spills["identities"],
        folder / "identities.parquet",
        IDENTITIES_PLAIN,
        lambda part: identities_table(part, settings),
    )
    for name, table in (
        ("catalogue.parquet", catalogue_table(shop.catalogue, shop.arrivals)),
        ("truth.parquet", truth_table(shop.truth, shop.catalogue, shop.arrivals)),
    ):
        with ParquetFile(folder / name, table.schema) as file:
            file.write(table)
    return tally.summary({name: (folder / name).stat().st_size for name in FILES})


def _write_slices(
    spill: Spill,
    path: Path,
    plain: tuple[str, ...],
    tabulate: Callable[[NDArray[np.void]], pa.Table],
    progress: Progress = lambda _: None,
) -> None:
    """One row group for each slice of time."""
    with ParquetFile(path, tabulate(spill.nothing()).schema, plain) as file:
        for number, rows in enumerate(spill.slices()):
            file.write(tabulate(rows))
            progress((number + 1) / spill.n_slices)
