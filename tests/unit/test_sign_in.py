"""Professionals sign in at the rendezvous by OpenID Connect, against a provider of our own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from firmware_stubs.openid_provider import OpenIdProvider, Person
from sync.consult import outward
from sync.consult.outward import Outward
from sync.meeting.messages import Who
from sync.rendezvous import sign_in
from tests.meeting import House, offered, parts


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(outward, "FIRST_WAIT", 0.05)
    return House(tmp_path)


@contextlib.asynccontextmanager
async def region(house: House) -> AsyncIterator[tuple[OpenIdProvider, Outward, aiohttp.ClientSession]]:
    """A provider, a cart that waits for a professional, and a browser."""
    async with (
        OpenIdProvider(house.served()) as provider,
        house.sign_in(provider.issuer) as sign_in,
        house.rendezvous(sign_in),
        house.cart(guest="") as cart,
        house.browser() as browser,
    ):
        yield provider, cart, browser


async def called(browser: aiohttp.ClientSession, cart: Outward) -> tuple[int, Any]:
    async with browser.get("/call", headers={"X-Telecart-Link": parts(cart.address)[0]}) as said:
        return said.status, await said.json()


async def signed_in(browser: aiohttp.ClientSession) -> str:
    """Where the browser is at the end."""
    async with browser.get("/sign-in") as said:
        return str(said.url.relative())


async def test_a_professional_is_known_by_name_and_number(house: House) -> None:
    async with region(house) as (provider, cart, browser):
        assert await called(browser, cart) == (401, {"reason": "sign_in"})
        assert await offered(browser, cart.address) == (401, "sign_in")
        assert await signed_in(browser) == "/"
        _, about = await called(browser, cart)
        assert about["who"] == {"name": "Claire MARTIN", "rpps": "10001234567"}
        assert (await offered(browser, cart.address))[0] == 202
        async with asyncio.timeout(30):
            await cart.waiting.wait()
        assert cart.visitor == Who(name="Claire MARTIN", rpps="10001234567")
        (asked,) = provider.asked
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        # the link's token is in no address that another server sees
        assert not [one for one in asked.values() if parts(cart.address)[0] in one]


@pytest.mark.hazard("T11", without="tests.controls_meeting:nobody_signs_in")
async def test_a_stolen_link_is_useless_without_signing_in(house: House) -> None:
    async with region(house) as (_, cart, browser):
        assert await offered(browser, cart.address) == (401, "sign_in")
        assert not cart.waiting.is_set()


@pytest.mark.parametrize("national", ["", "010001234567", "81000123456", "8100012345678", "8abc"])
async def test_who_has_no_rpps_number_is_no_professional(house: House, national: str) -> None:
    async with region(house) as (provider, cart, browser):
        provider.person = Person(national=national)
        assert await signed_in(browser) == "/"
        assert await called(browser, cart) == (403, {"reason": "no_rpps"})
        assert await offered(browser, cart.address) == (403, "no_rpps")


HOUR_AGO = int(time.time()) - 3600


@pytest.mark.hazard("T11", without="tests.controls_meeting:tokens_are_not_checked")
@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"iat": HOUR_AGO, "exp": HOUR_AGO + 60},
        {"nonce": "another"},
        {"azp": "another client"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_token_that_is_not_for_this_sign_in_signs_nobody_in(house: House, wrong: dict[str, Any]) -> None:
    async with region(house) as (provider, cart, browser):
        provider.claims = wrong
        assert await signed_in(browser) == "/?sign-in=refused"
        assert (await called(browser, cart))[0] == 401


@pytest.mark.hazard("T11", without="tests.controls_meeting:tokens_are_not_checked")
@pytest.mark.parametrize("how", ["stranger", "none", "shared secret"])
async def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(house: House, how: str) -> None:
    async with region(house) as (provider, cart, browser):
        provider.stranger = how == "stranger"
        provider.header = {"none": {"alg": "none"}, "shared secret": {"alg": "HS256"}}.get(how, {})
        assert await signed_in(browser) == "/?sign-in=refused"
        assert (await called(browser, cart))[0] == 401


async def test_what_the_provider_says_of_somebody_else_is_not_believed(house: House) -> None:
    async with region(house) as (provider, cart, browser):
        provider.told = {"sub": "somebody else"}
        assert await signed_in(browser) == "/?sign-in=refused"
        assert (await called(browser, cart))[0] == 401


async def test_a_sign_in_that_was_begun_elsewhere_is_not_finished_here(house: House) -> None:
    """A stranger's code and state in somebody's browser (cross-site request forgery)."""
    async with region(house) as (provider, cart, browser):
        async with house.browser() as stranger, stranger.get("/sign-in", allow_redirects=False) as begun:
            address = begun.headers["Location"]
        state = parse_qs(urlsplit(address).query)["state"][0]
        async with browser.get(address, allow_redirects=False) as answered:
            back = answered.headers["Location"]
        assert f"state={state}" in back
        async with browser.get(back) as said:
            assert str(said.url.relative()) == "/?sign-in=refused"
        assert not provider.exchanged
        assert (await called(browser, cart))[0] == 401


async def test_a_wrong_state_is_refused_and_the_verifier_is_asked_for(house: House) -> None:
    async with region(house) as (provider, _, browser):
        async with browser.get("/sign-in", allow_redirects=False):
            pass
        async with browser.get("/signed-in", params={"state": "another", "code": "x"}) as said:
            assert str(said.url.relative()) == "/?sign-in=refused"
        assert not provider.exchanged
        await signed_in(browser)
        assert len(provider.exchanged[-1]["code_verifier"]) >= 43  # RFC 7636, 4.1


async def test_who_asks_a_thousand_times_keeps_nobody_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "_MOST_PENDING", 2)
    async with OpenIdProvider(house.served()) as provider, house.sign_in(provider.issuer) as one:
        held = [(await one.begin())[1] for _ in range(3)]
        for cookie, reason in zip(held, ("no_sign_in", "state", "state"), strict=True):
            with pytest.raises(sign_in.Refused, match=reason):
                await one.finish(cookie, "another", "code")


async def test_cookies_are_kept_from_scripts_and_other_pages(house: House) -> None:
    async with region(house) as (_, _, browser):
        async with browser.get("/sign-in", allow_redirects=False) as begun:
            said = begun.headers["Set-Cookie"]
        assert said.startswith("__Host-")
        assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= {part.strip() for part in said.split(";")}


async def test_a_guest_comes_in_by_the_name_of_the_invitation(house: House) -> None:
    async with house.rendezvous(), house.cart(guest="Anne Petit") as cart, house.browser() as browser:
        assert (await offered(browser, cart.address))[0] == 202
        async with asyncio.timeout(30):
            await cart.waiting.wait()
        assert cart.visitor == Who(name="Anne Petit", invited=True)
