"""What a real PACS shows of what was undone, and of what it does not take."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pydicom
import pytest

from edge.domain.capture import Capture
from edge.domain.delivery import State
from edge.domain.item import Item
from edge.domain.measurement import IMAGING, Kind
from edge.domain.photo import View
from edge.domain.ports import Destination
from edge.store.ledger import Places, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync.drain import Drain
from tests import items
from tests.servers import OrthancFarEnd, StorescpFarEnd, pacs, running
from tests.unit.test_store import now
from tests.web_servers import OrthancWebFarEnd

HIDING = """
-- a receiver that acts on rejection notes (IHE RAD TF-3 4.66): what a note lists goes, also where it comes after the note
rejected = {}

function OnStoredInstance(instanceId, tags, metadata, origin)
  local full = ParseJson(RestApiGet('/instances/' .. instanceId .. '/simplified-tags'))
  if rejected[full['SOPInstanceUID']] then
    RestApiDelete('/instances/' .. instanceId)
    return
  end
  if full['Modality'] ~= 'KO' or full['ConceptNameCodeSequence'][1]['CodeValue'] ~= '113037' then
    return
  end
  for _, study in ipairs(full['CurrentRequestedProcedureEvidenceSequence']) do
    for _, series in ipairs(study['ReferencedSeriesSequence']) do
      for _, object in ipairs(series['ReferencedSOPSequence']) do
        rejected[object['ReferencedSOPInstanceUID']] = true
        for _, found in ipairs(ParseJson(RestApiPost('/tools/lookup', object['ReferencedSOPInstanceUID']))) do
          if found['Type'] == 'Instance' then
            RestApiDelete('/instances/' .. found['ID'])
          end
        end
      end
    end
  end
end
"""
CHOOSY = """
[[TransferSyntaxes]]
[Any]
TransferSyntax1 = JPEGBaseline
TransferSyntax2 = LittleEndianExplicit
TransferSyntax3 = LittleEndianImplicit
[[PresentationContexts]]
[Few]
PresentationContext1 = VerificationSOPClass\\Any
PresentationContext2 = VLPhotographicImageStorage\\Any
[[Profiles]]
[Choosy]
PresentationContexts = Few
"""
"""dcmtk's asconfig: no dermoscopy, no endoscopy, no sound, no document."""


class HidingOrthanc(OrthancFarEnd):
    """Debian's Orthanc with a Lua script."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / "hiding.lua"
        script.write_text(HIDING)
        self.options = {"LuaScripts": [str(script)]}  # type: ignore[dict-item]


class ChoosyStorescp(StorescpFarEnd):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "received")
        config = folder / "storescp.cfg"
        config.write_text(CHOOSY)
        self.takes = ("-xf", str(config), "Choosy")


class Cart:
    """The store and the drain of one destination."""

    def __init__(self, folder: Path, destination: Destination) -> None:
        self._places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.destination = destination
        self.store = open_for_edge(self._places, dict.fromkeys(IMAGING, (destination.name,)), "care")
        self.store.journal.put_patient(items.PATIENT)
        self.encounter = self.store.journal.open_encounter(items.PATIENT.id, now(), "TC")[1]

    @contextlib.asynccontextmanager
    async def draining(self) -> AsyncIterator[StoredOutbox]:
        async with StoreThread(lambda: open_for_sync(self._places)) as thread:
            box = StoredOutbox(thread)
            drain = asyncio.create_task(Drain(box, [self.destination]).run())
            try:
                yield box
            finally:
                drain.cancel()
                await asyncio.gather(drain, return_exceptions=True)

    def save(self, item: Item) -> str:

        one = Capture(item.kind, item.payload, item.device, now(), item.id)
        return self.store.journal.save(one, self.encounter).item_id

    def undo(self, item_id: str) -> None:
        self.store.journal.mark_entered_in_error(item_id, self.encounter.id, now())

    def states(self) -> dict[str, State]:
        name = self.destination.name
        return {one.item_id: dict(one.states)[name] for one in outbox.items(self.store)}

    def of_kind(self, kind: Kind) -> list[str]:
        return [one.item_id for one in outbox.items(self.store) if one.kind == kind]

    async def until(self, box: StoredOutbox, reached: Callable[[dict[str, State]], bool]) -> None:
        try:
            async with asyncio.timeout(30.0):
                seen = self.store.database.data_version()
                while not reached(self.states()):
                    while self.store.database.data_version() == seen:
                        await box.changed(await box.version(), 0.05)
                    seen = self.store.database.data_version()
        except TimeoutError:
            raise AssertionError(f"{self.states()} {outbox.waiting(self.store)}") from None

    async def sent(self, box: StoredOutbox, item_id: str) -> Item:
        """As the destination has it."""
        return await box.load(self.destination.name, item_id)


def all_received(states: dict[str, State]) -> bool:
    return bool(states) and set(states.values()) <= {State.RECEIVED, State.WITHDRAWN}


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:nobody_is_told")
@pytest.mark.parametrize("end", [HidingOrthanc, OrthancFarEnd, OrthancWebFarEnd])
async def test_the_pacs_is_told_what_was_undone(end: type[OrthancFarEnd], tmp_path: Path) -> None:
    """An Orthanc as Debian has it keeps both; one that is told to act on notes shows the object no more."""
    async with running(end(tmp_path / "pacs")) as far_end:
        cart = Cart(tmp_path, far_end.destination)
        async with cart.draining() as box:
            undone, stays, ecg = cart.save(items.photo()), cart.save(items.photo()), cart.save(items.ecg())
            await cart.until(box, all_received)
            before = [await cart.sent(box, name) for name in (undone, ecg, *cart.of_kind(Kind.ECG_PAPER))]
            other = await cart.sent(box, stays)
            for item in (*before, other):
                assert await far_end.held(item) == 1
            for item_id in (undone, ecg):
                cart.undo(item_id)
            notes = cart.of_kind(Kind.WITHDRAWAL)
            assert len(notes) == 2
            await cart.until(box, all_received)
            assert {name for name, state in cart.states().items() if state is State.RECEIVED} == {stays, *notes}
            loaded = [await cart.sent(box, note) for note in notes]
        found = [pydicom.dcmread(io.BytesIO(far_end.file(note))) for note in loaded]
        named = {
            one.ReferencedSOPInstanceUID
            for dataset in found
            for series in dataset.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
            for one in series.ReferencedSOPSequence
        }
        assert named == {item.sop_uid for item in before}
        assert {dataset.PatientID for dataset in found} == {items.PATIENT.id}
        assert [await far_end.held(item) for item in before] == [0 if end is HidingOrthanc else 1] * 3
        assert await far_end.held(other) == 1


async def test_what_is_undone_before_the_pacs_is_up_never_reaches_it(tmp_path: Path) -> None:
    far_end = OrthancFarEnd(tmp_path / "pacs")
    cart = Cart(tmp_path, far_end.destination)
    undone, stays = cart.save(items.photo()), cart.save(items.photo())
    cart.undo(undone)
    async with cart.draining() as box, running(far_end):
        await cart.until(box, all_received)
        assert cart.of_kind(Kind.WITHDRAWAL) == []
        assert await far_end.held(await cart.sent(box, undone)) == 0
        assert await far_end.held(await cart.sent(box, stays)) == 1


@pytest.mark.parametrize(("view", "sop_class"), [(View.DERMOSCOPY, "77.1.7"), (View.OTOSCOPY, "77.1.1")])
async def test_a_pacs_without_the_class_of_a_picture_gets_an_ordinary_photo(
    view: View, sop_class: str, tmp_path: Path
) -> None:
    far_end = ChoosyStorescp(tmp_path)
    async with running(far_end):
        cart = Cart(tmp_path / "cart", pacs(far_end.port, "STORESCP"))
        special = cart.save(items.photo(view=view))
        ordinary = cart.save(items.photo())
        async with cart.draining() as box:
            await cart.until(box, lambda states: set(states.values()) == {State.SENT})
            item, other = await cart.sent(box, special), await cart.sent(box, ordinary)
        assert item.plain
        assert item.sop_uid != cart.store.journal.load(special).sop_uid
        dataset = pydicom.dcmread(io.BytesIO(far_end.file(item)))
        assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.77.1.4"
        assert (dataset.Modality, dataset.SOPInstanceUID) == ("XC", item.sop_uid)
        assert not dataset.SOPClassUID.endswith(sop_class)
        assert not other.plain


async def test_a_sound_that_the_pacs_does_not_take_asks_nobody_at_the_bedside(tmp_path: Path) -> None:
    far_end = ChoosyStorescp(tmp_path)
    async with running(far_end):
        cart = Cart(tmp_path / "cart", pacs(far_end.port, "STORESCP"))
        photo = items.photo()
        sound, shown = cart.save(items.sound(48000)), cart.save(photo)
        async with cart.draining() as box:
            await cart.until(
                box, lambda states: states[shown] is State.SENT and outbox.waiting(cart.store)[0].what != ""
            )
        (row,) = [row for row in outbox.waiting(cart.store) if row.item_id == sound]
        assert row.state is State.KEPT
        assert "it stays on the cart and is offered again" in row.what
        assert outbox.standing(cart.store).counts[State.NEEDS_PERSON] == 0


async def test_a_sound_of_the_cart_is_received_at_the_rate_of_its_class(tmp_path: Path) -> None:
    async with running(OrthancFarEnd(tmp_path / "pacs")) as far_end:
        cart = Cart(tmp_path, far_end.destination)
        sound = cart.save(items.sound(48000))
        async with cart.draining() as box:
            await cart.until(box, all_received)
            item = await cart.sent(box, sound)
        dataset = pydicom.dcmread(io.BytesIO(far_end.file(item)))
        assert (dataset.Modality, dataset.WaveformSequence[0].SamplingFrequency) == ("AU", 44100)
