"""org.bluez.AgentManager1, and how an agent is asked: who answers when a device wants to pair."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from bumble.pairing import PairingConfig, PairingDelegate

from firmware_stubs.bluez.tree import NOTHING, Interface, Refusal, Reply, Tree

AGENT = "org.bluez.Agent1"

CAPABILITIES = {
    "": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    "DisplayOnly": PairingDelegate.DISPLAY_OUTPUT_ONLY,
    "DisplayYesNo": PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "KeyboardOnly": PairingDelegate.KEYBOARD_INPUT_ONLY,
    "NoInputNoOutput": PairingDelegate.NO_OUTPUT_NO_INPUT,
    "KeyboardDisplay": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
}


@dataclasses.dataclass(frozen=True)
class Agent:
    owner: str
    path: str
    capability: str


class AgentManager(Interface):
    """``agents`` maps each caller's bus name to its agent; the default agent is the first in it."""

    name = "org.bluez.AgentManager1"

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, "/org/bluez", {})
        self.agents: dict[str, Agent] = {}
        self._changed = asyncio.Event()
        self.methods = {
            ("RegisterAgent", "os"): self._register,
            ("UnregisterAgent", "o"): self._unregister,
            ("RequestDefaultAgent", "o"): self._request_default,
        }

    async def changed(self) -> None:
        """Returns when an agent came, went, or became the default."""
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def of(self, sender: str) -> Agent | None:
        """The agent of ``sender``, else the default agent."""
        return self.agents.get(sender) or next(iter(self.agents.values()), None)

    async def ask(self, agent: Agent, member: str, signature: str, body: list[Any]) -> Any:
        """Raises Refusal where the agent says no, or is gone."""
        return await self.tree.call(agent.owner, agent.path, AGENT, member, signature, body)

    async def authorize_service(self, device: str, uuid: str) -> bool:
        """Whether the default agent lets ``device`` use the service ``uuid`` of ours; nobody to ask is a no."""
        if (agent := self.of("")) is None:
            return False
        try:
            await self.ask(agent, "AuthorizeService", "os", [device, uuid])
        except Refusal:
            return False
        return True

    def lost(self, sender: str) -> None:
        if self.agents.pop(sender, None) is not None:
            self._wake()

    async def _register(self, sender: str, body: list[Any]) -> Reply:
        path, capability = body
        if sender in self.agents:
            raise Refusal("AlreadyExists", "Already Exists")
        if capability not in CAPABILITIES:
            raise Refusal("InvalidArguments", "Invalid arguments in method call")
        self.agents[sender] = Agent(sender, path, capability)
        self._wake()
        return NOTHING

    def _own(self, sender: str, path: str) -> Agent:
        agent = self.agents.get(sender)
        if agent is None or agent.path != path:
            raise Refusal("DoesNotExist", "Does Not Exist")
        return agent

    async def _unregister(self, sender: str, body: list[Any]) -> Reply:
        self._own(sender, body[0])
        del self.agents[sender]
        return NOTHING

    async def _request_default(self, sender: str, body: list[Any]) -> Reply:
        self.agents = {sender: self._own(sender, body[0])} | self.agents
        self._wake()
        return NOTHING


class AskingAgent(PairingDelegate):
    """Puts what the pairing needs to a person to ``agent``, as bluetoothd does for the device at ``path``."""

    def __init__(self, manager: AgentManager, agent: Agent, path: str) -> None:
        super().__init__(CAPABILITIES[agent.capability])
        self._manager = manager
        self._agent = agent
        self._path = path

    async def confirm(self, auto: bool = False) -> bool:  # noqa: ARG002
        # the kernel does not ask about what was begun on our side (smp.c, tk_request)
        return True

    async def get_number(self) -> int | None:
        try:
            return int(await self._manager.ask(self._agent, "RequestPasskey", "o", [self._path]))
        except Refusal:
            return None

    async def compare_numbers(self, number: int, digits: int) -> bool:  # noqa: ARG002
        try:
            await self._manager.ask(self._agent, "RequestConfirmation", "ou", [self._path, number])
        except Refusal:
            return False
        return True

    async def display_number(self, number: int, digits: int) -> None:  # noqa: ARG002
        await self._manager.ask(self._agent, "DisplayPasskey", "ouq", [self._path, number, 0])


def config(manager: AgentManager, agent: Agent, path: str, *, bondable: bool) -> PairingConfig:
    """LE Secure Connections where the device can (BlueZ's default); keys are kept only while the adapter is pairable."""
    return PairingConfig(
        sc=True,
        mitm=agent.capability != "NoInputNoOutput",
        bonding=bondable,
        delegate=AskingAgent(manager, agent, path),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )
