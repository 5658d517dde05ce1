"""Text that may reach a terminal or a log (T17): the one sanitiser of the house."""

from __future__ import annotations

import re

# C0 but for newline, DEL and C1, the bidirectional controls, line separators, zero-width characters, byte-order mark,
# interlinear marks, lone surrogates and the tag characters
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def sanitise(text: str) -> str:
    """``text`` with every control, bidirectional and invisible character replaced by ``\N{REPLACEMENT CHARACTER}``; newlines stay."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def sanitise_line(text: str) -> str:
    """The same on one line: newlines become spaces."""
    return sanitise(text).replace("\n", " ")
