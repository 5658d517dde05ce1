"""Switches (see tests/controls.py) of the controls of a call."""

from __future__ import annotations

import pytest
from aiortc import RTCConfiguration

from sync.consult import addresses, lobby, peer, signalling


def a_token_opens_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: admission uses nothing up."""
    monkeypatch.setattr(lobby.Lobby, "admit", lambda _self: None)


def any_token_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: nobody looks at the token."""
    judge = lobby.Lobby.judge
    monkeypatch.setattr(lobby.Lobby, "judge", lambda self, _token, pin: judge(self, self.token, pin))


def pins_may_be_guessed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: wrong PINs are not counted."""
    monkeypatch.setattr(lobby, "PIN_TRIES", 10**9)


def everybody_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: the answer does not wait for the nurse."""

    async def at_once(self: signalling.Signalling, _request: object) -> signalling.web.Response:
        return signalling.web.json_response({"sdp": f"answer to {self._offered.sdp}"})

    monkeypatch.setattr(signalling.Signalling, "_give_answer", at_once)


def every_host_is_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: a page for the network is served like one for this machine."""
    monkeypatch.setattr(signalling, "is_loopback", lambda _host: True)


def aiortc_chooses_its_ice_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """T13: the peer connection is made without a list."""
    monkeypatch.setattr(peer, "configuration", lambda _servers, **_policy: RTCConfiguration())


def hidden_names_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: the candidates that a browser hides behind mDNS names are looked up."""
    monkeypatch.setattr(peer, "without_local_names", lambda sdp: sdp)


def every_interface_gathers(monkeypatch: pytest.MonkeyPatch) -> None:
    """T13: aioice chooses its addresses itself."""
    every = addresses._every_address
    monkeypatch.setattr(addresses, "_only", lambda _address: every)
