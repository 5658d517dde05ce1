"""No picture, no sound and no value leaves the cart before the nurse admits: counted on the wire and at the other end (H19)."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import aioice.ice
import pytest

from edge import settings as settings_file
from edge.door.client import DoorClient
from edge.door.messages import MEDIA
from edge.mains.media import Media
from edge.mains.sounds import Sounds
from edge.mains.stills import Stills
from firmware_stubs import specialist
from firmware_stubs.video_source import write
from sync.consult.addresses import gather_on
from tests.media_door import PATIENCE, MediaDoor, tone

LOOKED_SECONDS = 10.0
"""For which a cart that waits is looked at; a call is there within one."""


class Counted:
    """SRTP and SRTCP datagrams of this process by their first byte (RFC 7983, 7), and messages that the specialist got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.media = 0
        self.specialists: list[specialist.Specialist] = []
        came, made = aioice.ice.StunProtocol.datagram_received, specialist.Specialist
        monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)

        def datagram_received(protocol: Any, data: bytes, addr: Any) -> None:
            self.media += 128 <= data[0] <= 191
            came(protocol, data, addr)

        def remembered() -> specialist.Specialist:
            self.specialists.append(made())
            return self.specialists[-1]

        monkeypatch.setattr(aioice.ice.StunProtocol, "datagram_received", datagram_received)
        monkeypatch.setattr(specialist, "Specialist", remembered)

    @property
    def messages(self) -> int:
        return sum(len(one.messages) + one.ecg_messages for one in self.specialists)

    @property
    def ecg(self) -> int:
        return sum(one.ecg_messages for one in self.specialists)


@pytest.mark.slow
@pytest.mark.hazard("H19", without="tests.controls_meeting:whoever_waits_is_let_in")
async def test_nothing_is_sent_before_the_nurse_admits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    file = tmp_path / "telecart.toml"
    camera, microphone = write(tmp_path / "camera.avi", seconds=4), tone(tmp_path / "microphone.wav")
    file.write_text(f'data = "{tmp_path}"\n[cameras]\nroom = "{camera}"\n[sound]\nmicrophone = "{microphone}"\n')
    settings = settings_file.read(file)
    gather_on(settings.call.host)
    async with MediaDoor(tmp_path / "door.sock") as door, DoorClient(settings.door, MEDIA) as client:
        media = Media(settings, Stills(settings.cameras), Sounds(settings.sound), client)
        listening = asyncio.create_task(media.listen())
        await door.at_the_door()
        door.move("requested")
        there = asyncio.create_task(specialist.consult((await door.progress("lobby")).address, 60.0))
        try:
            await door.progress("waiting")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKED_SECONDS):
                    while not counted.media:
                        # edge says it to nobody now; if it did, nothing of it would go on
                        door.trace((0.1, 0.2))
                        await asyncio.sleep(0.05)
            assert (counted.media, counted.messages) == (0, 0)

            door.move("admitted")
            async with asyncio.timeout(PATIENCE):
                while not (counted.media and counted.messages > counted.ecg > 0):
                    door.trace((0.1, 0.2))
                    await asyncio.sleep(0.05)
        finally:
            door.move("ended")
            there.cancel()
            await asyncio.gather(there, return_exceptions=True)
            door.close()
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(listening, return_exceptions=True)
