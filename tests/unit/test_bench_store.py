"""The figures of the store, in short: that they measure what they say and clean up. How fast anything is, is not tested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.mains.bench import (
    store_flushes,
    store_growth,
    store_million,
    store_photo,
    store_queue,
    store_save,
    store_scene,
    store_stream,
)
from edge.mains.bench.figure import Figure, Unmeasured
from edge.mains.bench.run import FIGURES, as_lines
from edge.mains.bench.store_queue import DESTINATION, Queue
from edge.store.damage.verify import verify
from edge.store.sending import outbox

LENGTH = 1200


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Queue:
    return store_queue.queue(tmp_path_factory.mktemp("queue") / "store", LENGTH)


@pytest.mark.parametrize(
    "measure",
    [
        lambda folder: store_save.measure(folder, rounds=6, warm=2),
        lambda folder: store_photo.measure(folder, rounds=2, size=100_000),
        lambda folder: store_stream.amplification(folder, seconds=20),
        lambda folder: store_stream.wal_peak(folder, seconds=90),
    ],
    ids=["save", "photo", "amplification", "wal"],
)
def test_a_figure_is_a_number_with_its_limit_and_a_peer(measure: Callable[[Path], Figure], tmp_path: Path) -> None:
    figure = measure(tmp_path)
    assert figure.value > 0
    assert figure.limit > 0
    assert "peer" in figure.details
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_for_a_signal_is_more_than_the_signal(tmp_path: Path) -> None:
    """To the log and to its place: twice at the very least."""
    assert store_stream.amplification(tmp_path, seconds=30).value > 2


def test_the_log_grows_while_somebody_holds_the_store(tmp_path: Path) -> None:
    figure = store_stream.wal_peak(tmp_path, seconds=600)
    peer = figure.details["peer"]
    assert isinstance(peer, dict)
    assert figure.value > 1
    assert peer["mb"] > 1


def test_flushes_are_counted_at_a_simulated_disk(tmp_path: Path) -> None:
    figure = store_flushes.measure(tmp_path, saves=10, grown=10)
    assert figure.details["counted_at"] == "a simulated disk under ext4"
    assert figure.value >= 1


def test_a_folder_in_memory_is_refused() -> None:
    shm = Path("/dev/shm")
    assert store_scene.file_system(shm) == "tmpfs"
    with pytest.raises(Unmeasured, match="TMPDIR"), store_scene.scratch(shm):
        pass


def test_the_queue_is_as_saving_and_draining_would_have_left_it(queue: Queue) -> None:
    places = queue.places
    found = verify(places.database, places.blobs, places.key)
    assert [verdict.wrong for verdict in found.verdicts if verdict.wrong] == []
    store = queue.open()
    standing = outbox.standing(store)
    assert sum(standing.counts.values()) >= LENGTH
    rows = outbox.waiting(store)
    assert {row.destination for row in rows} == {DESTINATION}
    for state, count in standing.counts.items():
        assert sum(row.state is state for row in rows) == count
    assert store.journal.promise_what_is_missing(store_scene.now().utc) == 0
    store.database.close()


def test_the_queue_is_drained_looked_at_opened_and_held(queue: Queue) -> None:
    for figure in (
        store_growth.claim(rounds=2, longer=queue),
        store_growth.drain(rounds=1, longer=queue),
        store_million.latest(rounds=100, queue=queue),
        store_million.opening(rounds=2, queue=queue),
        store_million.memory(queue=queue),
    ):
        assert figure.value > 0
    assert {path.name for path in queue.places.database.parent.iterdir() if path.is_dir()} == {"blobs"}


def test_what_cannot_be_measured_is_said() -> None:
    lines = as_lines({"details": {"save_flushes": {"not_measured": "nobody counts"}}})
    assert lines == ["save_flushes                   not measured: nobody counts"]


def test_each_figure_of_the_store_is_there() -> None:
    assert set(FIGURES) >= {
        "save_vs_fdatasync", "save_flushes", "photo_vs_raw", "ecg_write_amplification", "wal_peak_mb", "claim_growth",
        "drain_growth", "latest_vitals_us", "open_to_ready_ms", "store_memory_mb",
    }  # fmt: skip
