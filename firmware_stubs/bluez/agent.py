"""org.bluez.AgentManager1: who answers when a device wants to pair."""

from __future__ import annotations

from typing import Any

from firmware_stubs.bluez.tree import NOTHING, Interface, Refusal, Reply, Tree

CAPABILITIES = frozenset({"", "DisplayOnly", "DisplayYesNo", "KeyboardOnly", "NoInputNoOutput", "KeyboardDisplay"})


class AgentManager(Interface):
    """``agents`` maps each caller's bus name to its agent's path; the default agent is the first in it."""

    name = "org.bluez.AgentManager1"

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree, "/org/bluez", {})
        self.agents: dict[str, str] = {}
        self.methods = {
            ("RegisterAgent", "os"): self._register,
            ("UnregisterAgent", "o"): self._unregister,
            ("RequestDefaultAgent", "o"): self._request_default,
        }

    def lost(self, sender: str) -> None:
        self.agents.pop(sender, None)

    async def _register(self, sender: str, body: list[Any]) -> Reply:
        path, capability = body
        if sender in self.agents:
            raise Refusal("AlreadyExists", "Already Exists")
        if capability not in CAPABILITIES:
            raise Refusal("InvalidArguments", "Invalid arguments in method call")
        self.agents[sender] = path
        return NOTHING

    async def _unregister(self, sender: str, body: list[Any]) -> Reply:
        if self.agents.get(sender) != body[0]:
            raise Refusal("DoesNotExist", "Does Not Exist")
        del self.agents[sender]
        return NOTHING

    async def _request_default(self, sender: str, body: list[Any]) -> Reply:
        if self.agents.get(sender) != body[0]:
            raise Refusal("DoesNotExist", "Does Not Exist")
        self.agents = {sender: body[0]} | self.agents
        return NOTHING
