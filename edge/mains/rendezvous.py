"""`telecart rendezvous`: where carts and browsers of a region meet. It runs on no cart, and keeps nothing."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import structlog

from edge.domain.fault import Fault, Reason
from edge.mains import notify
from edge.mains.calling import page, trusting
from edge.rendezvous_settings import OpenId, RendezvousSettings, secret
from sync.rendezvous import carts
from sync.rendezvous.server import Place, Rendezvous
from sync.rendezvous.sign_in import Provider, signing_in
from sync.rendezvous.turn import Relays

log = structlog.get_logger()


def provider(settings: OpenId, origin: str) -> Provider:
    return Provider(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=secret(settings.client_secret_file),
        redirect_uri=f"{origin}/signed-in",
        scope=settings.scope,
        acr_values=settings.acr_values,
        rpps_claim=settings.rpps_claim,
    )


async def run(settings: RendezvousSettings) -> None:
    """Until cancelled. Raises Fault(SETTINGS)."""
    turn = settings.turn
    relays = Relays(turn.urls, secret(turn.secret_file) if turn.secret_file else "")
    place = Place(settings.origin, page(), carts.read(settings.carts), relays, turn.relay_only)
    async with contextlib.AsyncExitStack() as stack:
        sign_in = None
        if settings.sign_in is not None:
            asked = signing_in(provider(settings.sign_in, settings.origin), trusting(settings.sign_in.ca))
            sign_in = await stack.enter_async_context(asked)
        server = Rendezvous(place, settings.host, settings.port, _own(settings), sign_in)
        await stack.enter_async_context(server)
        notify.ready()
        await asyncio.Event().wait()


def _own(settings: RendezvousSettings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as exc:
        raise Fault(Reason.SETTINGS, f"{settings.certificate} and its key are of no use", "check both files") from exc
    return context
