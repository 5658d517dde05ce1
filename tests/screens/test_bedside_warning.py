"""What is wrong with the store stands on every page until it is put right, beside whatever else is said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.acquire.recorder import STANDING
from edge.domain.posture import Posture, Trouble
from tests.screens.door import BESIDE_JEANNE, bedside


@pytest.mark.parametrize("size", [(106, 33), (80, 24)])
async def test_a_warning_stays_on_every_page_until_it_is_over(tmp_path: Path, size: tuple[int, int]) -> None:
    line = STANDING[Trouble.DISK_LOW]
    async with bedside(tmp_path, size=size) as screen:
        assert not screen.app.screen.query_one("#warning").display
        screen.door.say(msgspec.structs.replace(BESIDE_JEANNE, warning=line, notice="Tensiomètre : se tait."))
        await screen.says("photos refusées", "se tait")
        for page in ("#bar-ecg", "#bar-photo", "#bar-call", "#bar-vitals"):
            await screen.tap(page)
            await screen.says("photos refusées")
        screen.door.say(BESIDE_JEANNE)
        await screen.until(lambda: not screen.app.screen.query_one("#warning").display)


def test_every_trouble_has_its_line_and_the_gravest_is_said() -> None:
    assert set(STANDING) == set(Trouble)
    assert not Posture((Trouble.DISK_LOW,)).takes_large
    assert Posture((Trouble.SALVAGED,)).takes_large
