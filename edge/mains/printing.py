"""A PDF to the site's printer: `lp` of CUPS (lp(1)), which takes it on standard input. Not tried on a printer."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import Final

from edge.domain.fault import Fault, Reason

WITHIN: Final = 60.0
"""Seconds until CUPS has taken it."""

TITLE: Final = "telecart"
"""Of the job: a queue is looked at by many."""


def way_to(printer: str) -> Callable[[bytes], Awaitable[None]] | None:
    """None where the site has no printer for the cart."""
    return functools.partial(to_printer, printer) if printer else None


async def to_printer(printer: str, pdf: bytes, program: str = "lp") -> None:
    """Returns once CUPS has taken it, which says nothing about paper. Raises Fault(MISSING_PROGRAM | LINK_REFUSED)."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(program, "-d", printer, "-t", TITLE, "-"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as exc:
        raise Fault(Reason.MISSING_PROGRAM, "L'impression n'est pas installée", "prévenez le support") from exc
    try:
        async with asyncio.timeout(WITHIN):
            await process.communicate(pdf)
    except TimeoutError as exc:
        raise Fault(Reason.LINK_REFUSED, "L'imprimante ne répond pas", "réessayez, ou prévenez le support") from exc
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Fault(Reason.LINK_REFUSED, "L'imprimante a refusé le document", "réessayez, ou prévenez le support")
