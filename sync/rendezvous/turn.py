"""Credentials of a TURN server for ten minutes: draft-uberti-behave-turn-rest-00, 2.2, as coturn's ``use-auth-secret`` checks them."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import re
import time
from typing import Final

from sync.meeting.messages import Ice

SECONDS: Final = 600
_TURN = re.compile(r"turns?:")


@dataclasses.dataclass(frozen=True, slots=True)
class Relays:
    """``urls`` of STUN and TURN servers, ``secret`` as the TURN servers have it (``static-auth-secret``), "" where there is none."""

    urls: tuple[str, ...] = ()
    secret: str = ""

    def servers(self, who: str, now: float | None = None) -> tuple[Ice, ...]:
        """For ``who``, a name without meaning, from ``now`` (Unix time) on."""
        until = int(time.time() if now is None else now) + SECONDS
        username = f"{until}:{who}"
        # the draft asks for SHA-1, and so does coturn
        signed = hmac.digest(self.secret.encode(), username.encode(), "sha1")
        credential = base64.b64encode(signed).decode()
        return tuple(
            Ice(urls=url, username=username, credential=credential)
            if _TURN.match(url) and self.secret
            else Ice(urls=url)
            for url in self.urls
        )
