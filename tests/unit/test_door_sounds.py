"""Sounds and special cameras at the door: asked for by the screen, answered by media, stored for whom they were asked."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from edge.domain.fault import Reason
from edge.domain.sound import Sound, SoundSite
from edge.door import messages as m
from tests.unit import test_door
from tests.unit.test_door import At, Cart, refused, still

cart = test_door.cart

TONE = (12_000 * np.sin(np.arange(96_000) / 50)).astype("<i2").tobytes()


async def asked(screen: At, media: At, source: str = "stethoscope") -> m.SoundWanted:
    await screen.ask(m.RecordSound(source=source, seconds=2.0))
    wanted = await media.until(lambda s: isinstance(s, m.SoundWanted))
    assert isinstance(wanted, m.SoundWanted)
    return wanted


async def test_a_sound_is_stored_without_loss_and_listed(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        wanted = await asked(screen, media)
        assert (wanted.source, wanted.seconds) == ("stethoscope", 2.0)
        await media.ask(m.SubmitSound(request_id=wanted.request_id, pcm=TONE, hertz=48_000))
        [item] = (await cart.publish()).items
        assert (item.kind, item.device, item.remark, item.state) == ("sound", "Stéthoscope", "", "kept")
        assert [(one.name, one.value, one.unit) for one in item.values] == [
            ("source", "stethoscope", None),
            ("seconds", "2", "s"),
        ]
        stored = (await cart.ledger.load(item.item_id)).payload
        assert stored == Sound(TONE, 48_000, SoundSite.STETHOSCOPE, peak=11_999, clipped=0, samples=96_000)


@pytest.mark.parametrize(
    ("level", "remark"), [(10, "trop faible"), (12_000, ""), (90_000, "saturé")], ids=["quiet", "good", "loud"]
)
async def test_what_is_wrong_with_a_sound_is_said_at_once(cart: Cart, level: int, remark: str) -> None:
    pcm = np.clip(level * np.sin(np.arange(48_000) / 50), -32768, 32767).astype("<i2").tobytes()
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        wanted = await asked(screen, media, "voice")
        await media.ask(m.SubmitSound(request_id=wanted.request_id, pcm=pcm, hertz=48_000))
        [item] = (await cart.publish()).items
        assert (item.device, item.remark) == ("Micro", remark)


@pytest.mark.hazard("H3", without="tests.controls_media:late_sounds_are_taken")
async def test_a_late_sound_of_the_resident_before_is_refused(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        wanted = await asked(screen, media)
        await screen.ask(m.SelectResident(patient_id="P2"))
        late = m.SubmitSound(request_id=wanted.request_id, pcm=TONE, hertz=48_000)
        assert await refused(media.ask(late)) is Reason.RESIDENT_CHANGED
        shown = await cart.publish()
        assert (shown.items, shown.unassigned) == ((), 0)
        assert "Refaites" in shown.notice


async def test_a_sound_that_failed_is_said_to_whom_it_concerns_and_nothing_is_stored(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        wanted = await asked(screen, media)
        await media.ask(m.SoundFailed(request_id=wanted.request_id, what="aucun son"))
        shown = await cart.publish()
        assert (shown.items, shown.notice) == ((), "Son impossible : aucun son")
        await screen.ask(m.SelectResident(patient_id="P2"))
        await media.ask(m.SoundFailed(request_id=wanted.request_id, what="aucun son"))
        await media.ask(m.StillFailed(request_id="of the resident before", what="aucune image"))
        assert (await cart.publish()).notice == ""


async def test_half_a_sample_is_kept_apart(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        wanted = await asked(screen, media)
        half = m.SubmitSound(request_id=wanted.request_id, pcm=TONE[:-1], hertz=48_000)
        assert await refused(media.ask(half)) is Reason.UNDECODABLE
        shown = await cart.publish()
        assert (shown.items, shown.quarantined) == ((), 1)


async def test_what_cannot_be_recorded_is_refused(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        assert await refused(screen.ask(m.RecordSound())) is Reason.NO_RESIDENT
        await screen.ask(m.SelectResident(patient_id="P1"))
        # nobody is there to record it
        assert await refused(screen.ask(m.RecordSound())) is Reason.SOUND
        for seconds in (0.0, 61.0, -1.0):
            assert await refused(screen.ask(m.RecordSound(seconds=seconds))) is Reason.NOT_ALLOWED
        assert await refused(screen.ask(m.RecordSound(source="radio"))) is Reason.NOT_ALLOWED


async def test_a_recording_whose_media_died_is_said(cart: Cart) -> None:
    async with At(cart, m.UI) as screen:
        async with At(cart, m.MEDIA) as media:
            await screen.ask(m.SelectResident(patient_id="P1"))
            await asked(screen, media)
        async with asyncio.timeout(20):
            while not cart.recorder.notice:
                await asyncio.sleep(0)
        assert "Recommencez" in cart.recorder.notice


async def test_a_photo_names_the_camera_that_took_it(cart: Cart) -> None:
    cameras = {"overview": "Caméra", "dermoscopy": "Dermatoscope", "otoscopy": "Otoscope"}
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        for view, label in cameras.items():
            await screen.ask(m.TakePhoto(view=view))
            wanted = await media.until(lambda s, view=view: isinstance(s, m.StillWanted) and s.view == view)
            assert isinstance(wanted, m.StillWanted)
            await media.ask(still(wanted.request_id))
            item = (await cart.publish()).items[0]
            assert (item.device, item.values[0].value) == (label, view)


async def test_a_washed_out_photo_says_so(cart: Cart) -> None:
    async with At(cart, m.UI) as screen, At(cart, m.MEDIA) as media:
        await screen.ask(m.SelectResident(patient_id="P1"))
        await screen.ask(m.TakePhoto(view="dermoscopy"))
        wanted = await media.until(lambda s: isinstance(s, m.StillWanted))
        assert isinstance(wanted, m.StillWanted)
        bright = m.SubmitStill(
            request_id=wanted.request_id,
            jpeg=still("x").jpeg,
            width=4,
            height=3,
            encoding="camera-mjpeg-tables-added",
            sharpness=50,
            brightness=240,
            overexposed=0.6,
        )
        await media.ask(bright)
        assert (await cart.publish()).items[0].remark == "surexposée"
