"""What a tap on the switches of language and theme asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Speak:
    """``language`` is one of ui.bedside.locales.LANGUAGES; "" is the next one."""

    language: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Wear:
    """``theme`` is the name of one of ui.bedside.themes.THEMES; "" is the next one."""

    theme: str = ""


SpeakingAct = Speak | Wear
