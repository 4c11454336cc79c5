import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulation import simulate as simulation
from simulation.chunks import draw_chunk
from simulation.settings import SHOPPERS_A_CHUNK, Settings
from simulation.shop import open_shop
from simulation.simulate import FILES, PARTIAL, foreign_files, simulate

SMALL = Settings(shoppers=300, items=80, days=60)


def hashes(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def test_the_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        simulate(SMALL, tmp_path / name)

    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")


def test_another_seed_gives_other_bytes_in_every_file(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path / "first")
    simulate(Settings(shoppers=300, items=80, days=60, seed=1), tmp_path / "second")

    first, second = hashes(tmp_path / "first"), hashes(tmp_path / "second")
    assert [name for name in FILES if first[name] == second[name]] == []


def test_a_chunk_does_not_depend_on_how_many_others_there_are() -> None:
    alone = open_shop(Settings(shoppers=SHOPPERS_A_CHUNK, items=80, days=60))
    among = open_shop(Settings(shoppers=2 * SHOPPERS_A_CHUNK + 17, items=80, days=60))

    assert np.array_equal(draw_chunk(alone, 0).events, draw_chunk(among, 0).events)
    assert np.array_equal(draw_chunk(alone, 0).consents, draw_chunk(among, 0).consents)


def test_chunks_hold_different_people() -> None:
    shop = open_shop(Settings(shoppers=SHOPPERS_A_CHUNK + 500, items=80, days=60))
    first, second = draw_chunk(shop, 0).events, draw_chunk(shop, 1).events

    for column in ("event", "session", "order", "customer", "visitor"):
        assert not set(first[column][first[column] >= 0]) & set(second[column][second[column] >= 0])


def test_the_last_chunk_holds_the_rest() -> None:
    shop = open_shop(Settings(shoppers=SHOPPERS_A_CHUNK + 5, items=80))

    assert len(np.unique(draw_chunk(shop, 1).people)) <= 5


def test_rows_do_not_depend_on_how_time_is_sliced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate(SMALL, tmp_path / "whole")
    monkeypatch.setattr(simulation, "EVENTS_A_SLICE", 50)
    simulate(SMALL, tmp_path / "sliced")

    assert pq.ParquetFile(tmp_path / "sliced" / "events.parquet").num_row_groups > 20
    for name in FILES:
        assert pq.read_table(tmp_path / "whole" / name).equals(pq.read_table(tmp_path / "sliced" / name))


def test_the_files_are_all_that_is_left(tmp_path: Path) -> None:
    (tmp_path / f"{PARTIAL}interrupted").mkdir()

    simulate(SMALL, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_an_interrupted_run_leaves_the_files_of_the_last_one(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path)
    before = hashes(tmp_path)

    def interrupt(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(Settings(shoppers=300, items=80, days=60, seed=2), tmp_path, interrupt)

    assert hashes(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_a_file_of_the_same_name_that_no_simulation_wrote_is_foreign(tmp_path: Path) -> None:
    simulate(SMALL, tmp_path)
    assert foreign_files(tmp_path) == []

    unmarked = pq.read_table(tmp_path / "events.parquet").replace_schema_metadata(None)
    pq.write_table(unmarked, tmp_path / "events.parquet")
    (tmp_path / "consent.parquet").write_bytes(b"not even Parquet")
    assert foreign_files(tmp_path) == ["consent.parquet", "events.parquet"]


def test_progress_rises_from_nothing_to_all(tmp_path: Path) -> None:
    shares: list[float] = []

    simulate(SMALL, tmp_path, shares.append)

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_shop_that_nobody_visits_has_empty_files_of_the_same_form(tmp_path: Path) -> None:
    simulate(Settings(shoppers=1, items=50, days=1), tmp_path / "quiet")
    simulate(SMALL, tmp_path / "busy")

    assert pq.read_table(tmp_path / "quiet" / "events.parquet").num_rows == 0
    for name in FILES:
        assert pq.read_schema(tmp_path / "quiet" / name) == pq.read_schema(tmp_path / "busy" / name)
