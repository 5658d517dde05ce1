"""Which TURN server a call uses: aiortc takes one, so all are tried at once before it is asked, and the first that works is taken.

aiortc says nothing of a relay that refuses: its answer then has no relayed address. That is found here, and said.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import time
from collections.abc import Sequence
from typing import Final

import aioice.stun
import aioice.turn
import structlog
from aiortc.rtcicetransport import parse_stun_turn_uri

from sync.meeting.messages import Ice

log = structlog.get_logger()

TRY_SECONDS: Final = 5.0
_UNAUTHORIZED: Final = 401
"""RFC 8656, 7.2, and what coturn says of credentials whose time is over."""


class Trouble(enum.StrEnum):
    NONE = ""
    EXPIRED = "expired"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """``servers``: STUN as given and at most one TURN server. ``trouble`` says why there is none where some were given."""

    servers: tuple[Ice, ...]
    trouble: Trouble = Trouble.NONE


def expired(one: Ice, now: float) -> bool:
    """Of credentials whose username begins with their last second; others never."""
    until = one.username.partition(":")[0]
    return until.isdecimal() and int(until) <= now


async def choose(servers: Sequence[Ice], now: float | None = None) -> Chosen:
    """The first of the TURN servers that lets us in, in ``TRY_SECONDS`` at most; an earlier one of two that do at once."""
    others = tuple(one for one in servers if not one.urls.startswith("turn"))
    turns = [one for one in servers if one.urls.startswith("turn")]
    if not turns:
        return Chosen(others)
    tries = [asyncio.create_task(_try(one)) for one in turns]
    pending = set(tries)
    found: Ice | None = None
    try:
        async with asyncio.timeout(TRY_SECONDS):
            while pending and found is None:
                _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                works = (one for one, tried in zip(turns, tries, strict=True) if _said(tried) is Trouble.NONE)
                found = next(works, None)
    except TimeoutError:
        pass
    finally:
        for tried in pending:
            tried.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    if found is not None:
        return Chosen((*others, found))
    said = {_said(tried) for tried in tries}
    trouble = next((one for one in (Trouble.REFUSED, Trouble.UNREACHABLE) if one in said), Trouble.UNREACHABLE)
    if trouble is Trouble.REFUSED and any(expired(one, time.time() if now is None else now) for one in turns):
        trouble = Trouble.EXPIRED
    log.warning("relay_trouble", reason=trouble.value)
    return Chosen(others, trouble)


def _said(tried: asyncio.Task[Trouble]) -> Trouble | None:
    return tried.result() if tried.done() and not tried.cancelled() else None


async def _try(one: Ice) -> Trouble:
    """Asks for an allocation and gives it back."""
    try:
        parsed = parse_stun_turn_uri(one.urls)
        transport, _ = await aioice.turn.create_turn_endpoint(
            asyncio.DatagramProtocol,
            server_addr=(parsed["host"], parsed["port"]),
            username=one.username or None,
            password=one.credential or None,
            ssl=parsed["scheme"] == "turns",
            transport=parsed["transport"],
        )
    except aioice.stun.TransactionFailed as exc:
        code = exc.response.attributes.get("ERROR-CODE", (0, ""))[0]
        log.info("relay_refused", status=code)
        return Trouble.REFUSED if code == _UNAUTHORIZED else Trouble.UNREACHABLE
    except (aioice.stun.TransactionError, OSError, ValueError):
        return Trouble.UNREACHABLE
    transport.close()
    return Trouble.NONE
