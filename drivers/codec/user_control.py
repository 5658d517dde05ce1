"""A scale that keeps users apart gives its readings after consent: User Control Point, 0x2A9F (UDS 1.1, 3).

    request   `02 slot code`: consent, slot u8, code u16 from 0 to 9999
    answer    `20 02 value`: 01 agreed, 02 not supported, 03 invalid parameter, 04 failed, 05 user not authorised

`02 01 d204` consent for slot 1 with code 1234; `20 02 05` not authorised: batteries were changed, or somebody reset the
scale, and it forgot its users.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.domain.dialogue import Known, Listening, Say, Step, Tell

CONTROL: Final = "2a9f"

ANSWERS_WITHIN: Final = 10.0
"""Seconds for the answer to a request, before it is repeated or given up."""

TRIES: Final = 2

FORGOTTEN: Final = "ne reconnaît plus la borne. Associez-la de nouveau avec le code qu'elle affiche."
SILENT: Final = "ne répond pas à la borne. Éteignez-la, rallumez-la et recommencez."
WRONG_CODE: Final = "le code d'utilisateur enregistré n'est pas valable. Associez la balance de nouveau."

_CONSENT, _ANSWER = 0x02, 0x20
_SUCCESS, _NOT_SUPPORTED = 1, 2
_UNKNOWN_USER: Final = 0xFF
_GREATEST_CODE: Final = 9999


class UserConsent(Listening):
    """The dialogue of a scale. Implements edge.domain.dialogue.Dialogue. Says nothing where no user was agreed on."""

    def __init__(self) -> None:
        self._request: Say | None = None
        self._tries = 0
        self._asked: float | None = None

    def opened(self, known: Known) -> Sequence[Step]:
        if known.user is None:
            return ()
        slot, code = known.user
        if not (0 <= slot < _UNKNOWN_USER and 0 <= code <= _GREATEST_CODE):
            return (Tell(WRONG_CODE),)
        self._request = Say(bytes((_CONSENT, slot)) + code.to_bytes(2, "little"), CONTROL)
        return self._ask()

    def heard(self, data: bytes, source: str) -> Sequence[Step]:
        if source != CONTROL or self._request is None:
            return ()
        match tuple(data):
            case (op, asked, value, *_) if (op, asked) == (_ANSWER, _CONSENT):
                self._request = None
                # a scale without users needs no consent
                return (Tell("" if value in {_SUCCESS, _NOT_SUPPORTED} else FORGOTTEN),)
            case _:
                return ()

    def unsent(self, said: Say, error: int | None) -> Sequence[Step]:
        if error is None or said != self._request:
            return ()
        self._request = None
        return (Tell(SILENT),)

    def waited(self, seconds: float) -> Sequence[Step]:
        if self._request is None:
            return ()
        if self._asked is None:
            self._asked = seconds
        if seconds - self._asked < ANSWERS_WITHIN:
            return ()
        if self._tries < TRIES:
            return self._ask()
        self._request = None
        return (Tell(SILENT),)

    def _ask(self) -> Sequence[Step]:
        if self._request is None:
            return ()
        self._tries += 1
        self._asked = None
        return (self._request,)
