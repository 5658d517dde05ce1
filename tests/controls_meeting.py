"""Switches (see tests/controls.py) of the controls of the way to a call: rendezvous, links, signatures, sign-in."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from aiohttp import web

from edge.mains import calling, media
from sync.consult import peer, trust
from sync.meeting import keys
from sync.meeting.messages import Who
from sync.rendezvous import rooms, server, sign_in, turn
from tests import specialist_page


def a_link_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: an admission uses nothing up."""
    monkeypatch.setattr(server, "why_not", lambda _room, _offer, _now: "")


def links_never_grow_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: nobody looks how old a link is."""
    monkeypatch.setattr(rooms.Room, "old", lambda _self, _now: False)


def foreign_pages_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: nobody looks from which page a request comes."""
    monkeypatch.setattr(server, "is_foreign", lambda _request, _origin: False)


def any_cart_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: the rendezvous takes every signature, also of a cart that it does not know."""
    monkeypatch.setattr(keys, "verified", lambda _public, _message, _signature: True)


def every_offer_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: the cart does not ask whether an offer comes from whoever has the link."""
    monkeypatch.setattr(trust.Trust, "believes", lambda _self, _offered: True)


def nobody_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: whoever has the link may wait."""
    monkeypatch.setattr(server.Rendezvous, "_may", lambda _self, _request, _room: Who(name="anybody"))


def tokens_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: what a token says is taken as it is."""

    async def unchecked(_self: sign_in.OpenId, _document: object, token: str, _nonce: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims

    monkeypatch.setattr(sign_in.OpenId, "_verified", unchecked)


def the_page_believes_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: the page does not ask who signed the answer."""
    served = server.Rendezvous._file

    async def changed(self: server.Rendezvous, request: web.Request) -> web.StreamResponse:
        if request.path != "/trust.js":
            return await served(self, request)
        text = specialist_page.source("trust.js").replace("async function isFromCart", "async function asWritten")
        return web.Response(
            text=f"{text}\nasync function isFromCart() {{ return true; }}", content_type="text/javascript"
        )

    monkeypatch.setattr(server.Rendezvous, "_file", changed)


def credentials_last_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: what a relay is given once is good for a day."""
    monkeypatch.setattr(turn, "SECONDS", 86_400)


def whoever_waits_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: media does not wait for the nurse."""

    def let_in(self: media.Media) -> bool:
        return self._snapshot is not None and self._snapshot.call.state in {"waiting", "admitted"}

    monkeypatch.setattr(media.Media, "_is_admitted", let_in)


def the_policy_of_the_site_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """T13: the cart offers its own addresses though the site wants relays only."""
    made = peer.configuration
    monkeypatch.setattr(peer, "configuration", lambda servers, **_policy: made(servers))


def any_number_may_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: nobody asks whether the page had held itself to its number."""

    def revealed(self: trust.Trust, nonce: str) -> bool:
        if self._answered is not None:
            offered, answer = self._answered
            self.spoken = trust.spoken(offered.sdp, answer, nonce, self._nonce)
        return self._answered is not None

    monkeypatch.setattr(trust.Trust, "revealed", revealed)


def whoever_stands_there_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: nobody looks whether who is let in is whom the nurse read."""
    monkeypatch.setattr(calling, "look_who_is_admitted", lambda _lobby, _seen: None)
