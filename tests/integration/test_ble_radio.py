"""Pairing, forgetting and testing devices, and who may not: the Radio port over the whole path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bumble.core import UUID
from bumble.gatt import Service
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from drivers.link.ble import BlePeripherals, Times
from drivers.link.ble.agent import PATH
from edge.domain.fault import Fault, Reason
from edge.domain.ports import About, Arrived, LinkState, Nearby
from firmware_stubs.bluez import device
from firmware_stubs.bluez.agent import Agent
from firmware_stubs.bluez.faults import Site, stolen_agent
from firmware_stubs.gatt.bond import Pairing
from tests import needs
from tests.link_failures import (
    CUFF,
    MODELS,
    SECONDS,
    Book,
    listening,
    measure,
    no_digits,
    pair_cuff,
    systolics,
)

pytestmark = pytest.mark.timeout(90)

KEYBOARD = "00001812-0000-1000-8000-00805f9b34fb"
BLOOD_PRESSURE = "00001810-0000-1000-8000-00805f9b34fb"


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    needs.program("dbus-daemon", "dbus")
    async with Site() as site:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", site.bus.address)
        yield site


async def our_agent(site: Site) -> Agent:
    """Our agent, once it is registered; the default one."""
    async with asyncio.timeout(SECONDS):
        while (agent := site.ward.bluez.agents.of("")) is None or agent.path != PATH:
            await site.ward.bluez.agents.changed()
    return agent


class TestPairing:
    async def test_a_device_without_a_display_is_bonded_with_and_its_value_arrives(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        link = BlePeripherals(MODELS)
        async with listening(link) as listener:
            sent = await pair_cuff(site, link)
            assert systolics(await listener.until(Arrived)) == [120]
            await sent
            await listener.until_state(LinkState(CUFF, connected=False))
            device = site.ward.bluez.adapter.devices[site.cuff_path]
            assert device.get("Trusted")
            assert await site.ward.cuff.bond.held()
            await measure(site, 121)
            assert systolics(await listener.until(Arrived, 2)) == [120, 121]
            await listener.until(About, 2)
        assert [about.bonded for about in listener.of(About)] == [True, True]
        assert listener.lines == []

    @pytest.mark.hazard("T3", without="tests.controls_link:nobody_types_digits")
    async def test_a_device_that_shows_digits_is_bonded_with_safely(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.PASSKEY
        link = BlePeripherals(MODELS)
        async with listening(link):
            pairing = asyncio.create_task(link.pair(CUFF.id, site.ward.cuff.bond.shown))
            sent = asyncio.create_task(measure(site, 120))
            assert (await pairing).bonded
            await sent
        assert await site.ward.cuff.bond.authenticated()

    async def test_wrong_digits_are_refused_in_plain_words(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.PASSKEY
        link = BlePeripherals(MODELS)

        async def wrong() -> int:
            return await site.ward.cuff.bond.shown() % 999_999 + 1

        async with listening(link) as listener:
            pairing = asyncio.create_task(link.pair(CUFF.id, wrong))
            sent = asyncio.create_task(measure(site, 120))
            with pytest.raises(Fault) as refused:
                await pairing
            assert refused.value.reason is Reason.LINK_REFUSED
            assert "code" in refused.value.what
            assert not await site.ward.cuff.bond.held()
            about = await link.pair(CUFF.id, site.ward.cuff.bond.shown)
            assert about.bonded
            assert systolics(await listener.until(Arrived)) == [120]
            await sent

    async def test_a_device_that_cannot_bond_is_fine_and_says_so(self, site: Site) -> None:
        link = BlePeripherals(MODELS)
        async with listening(link) as listener:
            site.ward.cuff.linger = 1.0
            pairing = asyncio.create_task(link.pair(CUFF.id, no_digits))
            sent = asyncio.create_task(measure(site, 120))
            about = await pairing
            await sent
            await listener.until(Arrived)
        assert (about.bonded, about.model_number) == (False, "BP-1")

    async def test_a_device_that_is_not_there(self, site: Site) -> None:
        link = BlePeripherals(MODELS, times=Times(find=0.3))
        async with listening(link):
            with pytest.raises(Fault) as absent:
                await link.pair(CUFF.id, no_digits)
        assert absent.value.reason is Reason.UNKNOWN_DEVICE

    async def test_without_listening_the_radio_works_too(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        site.ward.cuff.linger = 1.0
        link = BlePeripherals(MODELS)
        sent = await pair_cuff(site, link)
        assert (await link.test(CUFF.id)).bonded
        await sent
        await link.close()

    async def test_what_is_forgotten_is_paired_anew(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        link = BlePeripherals(MODELS)
        async with listening(link) as listener:
            await (await pair_cuff(site, link))
            await listener.until_state(LinkState(CUFF, connected=False))
            await link.forget(CUFF.id)
            await link.forget(CUFF.id)
            assert site.cuff_path not in site.ward.bluez.adapter.devices
            await site.ward.cuff.forget_bond()
            await (await pair_cuff(site, link, 121))
            assert systolics(await listener.until(Arrived, 2)) == [120, 121]

    async def test_a_device_that_was_reset_is_paired_anew_at_once(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        link = BlePeripherals(MODELS)
        async with listening(link) as listener:
            await (await pair_cuff(site, link))
            await listener.until_state(LinkState(CUFF, connected=False))
            await site.ward.cuff.forget_bond()
            await (await pair_cuff(site, link, 121))
            assert systolics(await listener.until(Arrived, 2)) == [120, 121]
        assert listener.lines == []


class TestNearby:
    async def test_strangers_with_their_names_the_strongest_first_and_none_of_the_book(self, site: Site) -> None:
        book = Book()
        link = BlePeripherals(MODELS, book=book)
        async with listening(link) as listener:
            await measure(site, 120)
            await listener.until(Arrived)
            (found,) = link.nearby()
            assert found == Nearby(CUFF, site.ward.cuff.name, found.rssi)
            book.models[CUFF.id] = CUFF.model
            assert link.nearby() == []

    async def test_no_scan_is_left_behind(self, site: Site) -> None:
        """By a link that is closed while BlueZ begins to scan."""
        adapter = site.ward.bluez.adapter
        adapter.slow = 0.5
        async with listening(BlePeripherals(MODELS)):
            await adapter.scanning()
        assert not adapter.get("Discovering")

    async def test_a_device_that_bluez_has_forgotten_is_met_again(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """BlueZ forgets one without a bond soon after it left."""
        monkeypatch.setattr(device, "TEMPORARY_SECONDS", 0.2)
        async with listening(BlePeripherals(MODELS)) as listener:
            await measure(site, 120)
            async with asyncio.timeout(SECONDS):
                await site.ward.bluez.adapter.forgotten(site.cuff_path)
            await measure(site, 121)
            assert systolics(await listener.until(Arrived, 2)) == [120, 121]

    async def test_a_device_of_the_book_is_met_as_what_it_was_paired_as(self, site: Site) -> None:
        book = Book()
        book.models[CUFF.id] = "glucose"
        async with listening(BlePeripherals(MODELS, book=book)) as listener:
            delivered = asyncio.create_task(measure(site, 120))
            (state,) = await listener.until(LinkState)
            assert state.device.model == "glucose"
            delivered.cancel()


class TestWhoMayNot:
    @pytest.mark.hazard("T2", without="tests.controls_link:bonds_are_made_at_any_time")
    async def test_no_bond_is_made_that_nobody_asked_for(self, site: Site) -> None:
        """A device that insists on a safer link makes BlueZ pair by itself; it would be believed with a bond."""
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        async with listening(BlePeripherals(MODELS, times=Times(agent=0.1))) as listener:
            await site.ward.bluez.adapter.closed()
            await measure(site, 120)
            (about,) = await listener.until(About)
        assert not about.bonded
        assert site.ward.bluez.storage.devices == {}

    async def test_a_device_that_wants_digits_is_told_of_and_refused(self, site: Site) -> None:
        site.ward.cuff.bond.pairing = Pairing.PASSKEY
        async with listening(BlePeripherals(MODELS)) as listener:
            await our_agent(site)
            delivered = asyncio.create_task(measure(site, 120))
            await listener.until_line("refuse une borne inconnue : appairez-le.")
            delivered.cancel()
        assert not await site.ward.cuff.bond.held()
        assert listener.of(Arrived) == []

    @pytest.mark.hazard("T2", without="tests.controls_link:a_lost_bond_is_shrugged_off")
    async def test_a_device_that_does_not_hold_its_bond_says_nothing_more(self, site: Site) -> None:
        """Be it one that was reset, or another that calls itself by its address."""
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        link = BlePeripherals(MODELS, times=Times(back_off=(0.1,)), watchdog=0.3)
        async with listening(link) as listener:
            await (await pair_cuff(site, link))
            await listener.until_state(LinkState(CUFF, connected=False))
            await site.ward.cuff.forget_bond()
            site.ward.cuff.bond.pairing = Pairing.NONE
            delivered = asyncio.create_task(measure(site, 66))
            await listener.until_line("a oublié la borne : appairez-le de nouveau.")
            for _ in range(3):
                await site.ward.bluez.adapter.scanning_anew()
            assert systolics(listener.of(Arrived)) == [120]
            delivered.cancel()

    async def test_a_bond_that_is_not_held_is_told_of_by_whichever_word_bluez_has_for_it(self, site: Site) -> None:
        """With this word bleak tries again and again, until its time is over."""
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        link = BlePeripherals(MODELS, times=Times(connect=1.0, back_off=(0.1,)), watchdog=0.3)
        async with listening(link) as listener:
            await (await pair_cuff(site, link))
            await listener.until_state(LinkState(CUFF, connected=False))
            await site.ward.cuff.forget_bond()
            site.ward.bluez.adapter.ended_while_connecting = "le-connection-abort-by-local"
            delivered = asyncio.create_task(measure(site, 66))
            await listener.until_line("a oublié la borne : appairez-le de nouveau.")
            assert site.ward.bluez.storage.devices == {}
            delivered.cancel()

    @pytest.mark.hazard("T4", without="tests.controls_link:every_service_is_let_in")
    async def test_no_keyboard_is_let_in(self, site: Site) -> None:
        async with listening(BlePeripherals(MODELS)):
            await our_agent(site)
            agents = site.ward.bluez.agents
            assert await agents.authorize_service(site.cuff_path, BLOOD_PRESSURE)
            assert not await agents.authorize_service(site.cuff_path, KEYBOARD)
            assert not await agents.authorize_service(site.cuff_path, KEYBOARD.upper())
            assert not await agents.authorize_service(site.cuff_path, KEYBOARD.replace("1812", "1124"))

    @pytest.mark.hazard("T4", without="tests.controls_link:keyboards_are_devices_too")
    async def test_a_cuff_that_types_is_thrown_out(self, site: Site) -> None:
        site.ward.cuff.add(Service(UUID.from_16_bits(0x1812), []))
        site.ward.cuff.bond.pairing = Pairing.JUST_WORKS
        link = BlePeripherals(MODELS)
        async with listening(link) as listener:
            pairing = asyncio.create_task(link.pair(CUFF.id, no_digits))
            delivered = asyncio.create_task(measure(site, 120))
            with pytest.raises(Fault) as refused:
                await pairing
            assert refused.value.reason is Reason.LINK_REFUSED
            await listener.until_line("se présente comme un clavier : refusé. Prévenez le support.")
            delivered.cancel()
        assert site.cuff_path not in site.ward.bluez.adapter.devices
        assert listener.of(Arrived) == []


class TestAgent:
    async def test_it_is_the_default_again_when_another_took_that(self, site: Site) -> None:
        async with listening(BlePeripherals(MODELS, times=Times(agent=0.1))):
            ours = await our_agent(site)
            async with stolen_agent(site):
                assert await our_agent(site) == ours

    async def test_it_is_there_again_after_bluetoothd_was_restarted(self, site: Site) -> None:
        async with listening(BlePeripherals(MODELS)):
            await our_agent(site)
            await site.restart_bluetoothd()
            await our_agent(site)

    @pytest.mark.parametrize(
        ("member", "signature", "more"),
        [
            ("RequestPinCode", "o", []),
            ("RequestPasskey", "o", []),
            ("RequestConfirmation", "ou", [123_456]),
            ("RequestAuthorization", "o", []),
            ("DisplayPasskey", "ouq", [123_456, 0]),
            ("NoSuchMember", "o", []),
        ],
    )
    async def test_outside_pairing_it_refuses(self, site: Site, member: str, signature: str, more: list[Any]) -> None:
        async with listening(BlePeripherals(MODELS)):
            agent = await our_agent(site)
            bus = MessageBus(bus_address=site.bus.address)
            await bus.connect()
            body = [site.cuff_path, *more]
            async with asyncio.timeout(SECONDS):
                reply = await bus.call(
                    Message(agent.owner, PATH, "org.bluez.Agent1", member, signature=signature, body=body)
                )
            assert reply is not None
            assert (reply.message_type, reply.error_name) == (MessageType.ERROR, "org.bluez.Error.Rejected")
            bus.disconnect()
            await bus.wait_for_disconnect()
