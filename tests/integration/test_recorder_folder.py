from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest

from drivers import catalog
from drivers.link import folder as folder_module
from drivers.link.folder import RecorderFolder
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import Arrived, LinkState, PeripheralEvent, Undecodable
from edge.domain.waveform import Scale, Waveform
from firmware_stubs.ecg_recorder import EcgRecorder
from tests import edf_file, scp_file
from tests.items import drawn_jpeg

DEVICE = Device("recorder", "ecg-recorder", "Électrocardiographe")
LIMIT = 20.0


class Listening:
    def __init__(self, folder: Path, reader: Callable[[bytes], tuple[str, Waveform]]) -> None:
        self.events = RecorderFolder(folder, reader, DEVICE, poll=0.02).events()

    async def next(self) -> PeripheralEvent:
        async with asyncio.timeout(LIMIT):
            return await anext(self.events)

    async def following(self, steps: Callable[[], None]) -> PeripheralEvent:
        """The next event that ``steps`` bring about."""
        waiting = asyncio.create_task(self.next())
        steps()
        return await waiting


@contextlib.asynccontextmanager
async def listening(
    folder: Path, reader: Callable[[bytes], tuple[str, Waveform]] = catalog.recording
) -> AsyncIterator[Listening]:
    listener = Listening(folder, reader)
    try:
        assert await listener.next() == LinkState(DEVICE, True)
        yield listener
    finally:
        await listener.events.aclose()  # type: ignore[attr-defined]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def settled(listener: Listening, polls: int = 10) -> None:
    """Nothing comes although the folder was looked at several times."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02 * polls):
            await anext(listener.events)


async def test_a_recording_arrives_and_is_put_away_only_when_the_next_event_is_asked_for(tmp_path: Path) -> None:
    async with listening(tmp_path) as recorder:
        path = EcgRecorder(tmp_path).record()
        event = await recorder.next()
        assert isinstance(event, Arrived)
        assert event.device == dataclasses.replace(DEVICE, model="dicom-ecg")
        assert isinstance(event.content, Waveform)
        assert (len(event.content.leads), event.content.count) == (12, 10_000)
        assert event.raw == path.read_bytes()
        assert names(tmp_path) == [path.name]
        second = await recorder.following(lambda: EcgRecorder(tmp_path).record().touch())
        assert isinstance(second, Arrived)
        assert second.raw != event.raw
        assert names(tmp_path / "taken") == [path.name]
        assert (tmp_path / "taken" / path.name).read_bytes() == event.raw


async def test_the_format_is_told_by_what_stands_in_a_file_and_not_by_its_name(tmp_path: Path) -> None:
    samples = {"I": [1, -2, 300], "II": [4, 5, 6]}
    signals = [edf_file.Signal(f"ECG {lead}", [numbers]) for lead, numbers in samples.items()]
    for model, content in (("scp-ecg", scp_file.recording(samples)), ("edf", edf_file.edf(signals, seconds="0.006"))):
        async with listening(tmp_path) as recorder:
            (tmp_path / "0001.dcm").write_bytes(content)
            event = await recorder.next()
            assert isinstance(event, Arrived)
            assert event.device == dataclasses.replace(DEVICE, model=model)
            assert isinstance(event.content, Waveform)
            assert {lead: list(event.content.lead(lead)) for lead in event.content.leads} == samples
            await settled(recorder)
        assert names(tmp_path) == ["taken"]


async def test_a_photo_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(drawn_jpeg())
    async with listening(tmp_path) as recorder:
        event = await recorder.next()
        assert isinstance(event, Undecodable)
        assert event.reason is Reason.CORRUPT_FILE


async def test_after_a_crash_the_file_is_offered_again(tmp_path: Path) -> None:
    path = EcgRecorder(tmp_path).record()
    async with listening(tmp_path) as recorder:
        first = await recorder.next()
    assert names(tmp_path) == [path.name]
    async with listening(tmp_path) as recorder:
        assert await recorder.next() == first


async def test_what_is_no_ecg_is_handed_on_as_it_is_and_put_aside(tmp_path: Path) -> None:
    (tmp_path / "MARTIN Jeanne.dcm").write_bytes(b"this is no ECG")
    async with listening(tmp_path) as recorder:
        event = await recorder.next()
        assert isinstance(event, Undecodable)
        assert (event.raw, event.reason) == (b"this is no ECG", Reason.CORRUPT_FILE)
        assert "MARTIN" not in event.what
        assert isinstance(await recorder.following(lambda: EcgRecorder(tmp_path).record().touch()), Arrived)
    assert names(tmp_path / "refused") == ["MARTIN Jeanne.dcm"]
    assert (tmp_path / "refused" / "MARTIN Jeanne.dcm").read_bytes() == b"this is no ECG"


def reads_anything(data: bytes) -> tuple[str, Waveform]:
    if not data.endswith(b"end"):
        raise Fault(Reason.CORRUPT_FILE, "cut short")
    return "anything", Waveform(("I",), Decimal(500), (Scale(Decimal(1)),), data[:2])


async def test_a_file_that_still_grows_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "slow.dcm"
    parts = [b"part"] * 20 + [b"end"]
    path.write_bytes(b"start")

    def grow() -> None:
        with path.open("ab") as file:
            file.write(parts.pop(0))
        if parts:
            asyncio.get_running_loop().call_later(0.005, grow)

    async with listening(tmp_path, reads_anything) as recorder:
        grow()
        event = await recorder.next()
    assert isinstance(event, Arrived)
    assert event.raw == b"start" + b"part" * 20 + b"end"


async def test_hidden_and_unfinished_files_links_pipes_and_folders_are_left_alone(tmp_path: Path) -> None:
    target = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    target.write_bytes(b"end")
    for name in (".hidden.dcm", "a.tmp", "b.part", "c.PART"):
        (tmp_path / name).write_bytes(b"end")
    (tmp_path / "link.dcm").symlink_to(target)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "old.dcm").write_bytes(b"end")
    os.mkfifo(tmp_path / "pipe.dcm")
    before = names(tmp_path)
    async with listening(tmp_path, reads_anything) as recorder:
        await settled(recorder)
    assert names(tmp_path) == before


async def test_files_come_oldest_first(tmp_path: Path) -> None:
    for age, name in ((3, "c"), (1, "a"), (2, "b")):
        (tmp_path / name).write_bytes(f"{name}end".encode())
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    async with listening(tmp_path, reads_anything) as recorder:
        came = [await recorder.next() for _ in range(3)]
    assert [event.raw[:1] for event in came if isinstance(event, Arrived)] == [b"c", b"b", b"a"]


async def test_the_same_name_again_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ecg.dcm"
    path.write_bytes(b"1 end")
    async with listening(tmp_path, reads_anything) as recorder:
        await recorder.next()
        # a newer file takes the name before the first is put away: it must not be put away unread
        (tmp_path / ".ecg").write_bytes(b"2 end")
        (tmp_path / ".ecg").rename(path)
        event = await recorder.next()
        assert isinstance(event, Arrived)
        assert event.raw == b"2 end"
        await settled(recorder)
    assert [one.read_bytes() for one in (tmp_path / "taken").iterdir()] == [b"2 end"]


async def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "ecg.dcm").write_bytes(b"1 end")
    (tmp_path / "ecg.dcm").write_bytes(b"2 end")
    async with listening(tmp_path, reads_anything) as recorder:
        await recorder.next()
        await settled(recorder)
    assert names(tmp_path / "taken") == ["ecg-1.dcm", "ecg.dcm"]
    assert (tmp_path / "taken" / "ecg.dcm").read_bytes() == b"1 end"


async def test_a_file_that_is_too_large_is_refused_without_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "MAXIMUM", 10_000)
    (tmp_path / "large.dcm").write_bytes(b"x" * 10_001)
    async with listening(tmp_path, reads_anything) as recorder:
        event = await recorder.next()
        assert isinstance(event, Undecodable)
        assert len(event.raw) == folder_module.RAW_KEPT
        await settled(recorder)
    assert (tmp_path / "refused" / "large.dcm").stat().st_size == 10_001


async def test_a_file_that_cannot_be_put_away_is_told_and_not_offered_for_ever(tmp_path: Path) -> None:
    (tmp_path / "ecg.dcm").write_bytes(b"end")
    os.mkfifo(tmp_path / "taken")
    async with listening(tmp_path, reads_anything) as recorder:
        assert isinstance(await recorder.next(), Arrived)
        told = await recorder.next()
        assert isinstance(told, LinkState)
        assert "ne peut pas être rangé" in told.what
        await settled(recorder)
    assert names(tmp_path) == ["ecg.dcm", "taken"]


async def test_an_absent_folder_is_told_once_and_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    listener = Listening(folder, catalog.recording)
    absent = await listener.next()
    assert isinstance(absent, LinkState)
    assert not absent.connected
    assert absent.what.startswith("Électrocardiographe : dossier des enregistrements introuvable")
    assert await listener.following(folder.mkdir) == LinkState(DEVICE, True)
    EcgRecorder(folder).record()
    assert isinstance(await listener.next(), Arrived)
    await listener.events.aclose()  # type: ignore[attr-defined]
