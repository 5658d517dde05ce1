"""The cart's devices: the list, one of them with what can be done to it, what is heard nearby, and a device's six digits."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import AskForget, Forget, Go, Key, Pair, SendPasskey, ShowAppliance, TryAppliance
from ui.bedside.screens.page import PageBody
from ui.bedside.views import ApplianceView, NearbyView, Page, PairingView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch

PASSKEY_DIGITS = 6


class AppliancesPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.APPLIANCES, words)
        self._all: tuple[ApplianceView, ...] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(self.words.appliances_title, classes="headline")
            yield Touch(self.words.settings_open, Go(Page.SETTINGS), id="appliances-settings", classes="quiet")
            yield Touch(self.words.appliance_add, Go(Page.NEARBY), id="appliance-add")
        yield Line(self.words.appliances_none, id="no-appliances", classes="faint")
        yield Grid(id="appliance-cards", classes="cards")

    def show(self, view: View) -> None:
        self.query_one("#appliances-settings").display = view.lock.allows(Deed.ADMINISTER.value)
        if view.appliances == self._all:
            return
        self._all = view.appliances
        self.query_one("#no-appliances").display = not view.appliances
        cards = self.query_one("#appliance-cards")
        cards.remove_children()
        cards.mount_all(ApplianceTouch(one, self.words) for one in view.appliances)


class ApplianceTouch(Touch):
    def __init__(self, one: ApplianceView, words: Words) -> None:
        super().__init__("", ShowAppliance(one.id) if one.id else None, classes="card")
        rows = [Content.styled(one.label, "bold"), Content(one.state), Content(one.summary)]
        if not one.trusted:
            rows.append(Content.styled(words.appliance_unknown, "bold"))
        if one.trouble:
            rows.append(Content.styled(f"┄ {one.trouble}", "bold"))
        self.put(Content("\n").join(rows))


class AppliancePage(PageBody):
    """One device. Forgetting asks once; the question is forgotten when another page is turned to."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.APPLIANCE, words)
        self._device = ""
        self._asking = False
        self._view = View()

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="appliance-label", classes="headline")
            yield Touch(self.words.appliance_back, Go(Page.APPLIANCES), id="appliance-back")
        yield Line(id="appliance-facts")
        yield Line(id="appliance-trouble")
        yield Line(id="appliance-line")
        with Horizontal(id="appliance-actions", classes="actions"):
            yield Touch(self.words.appliance_test, None, id="appliance-test", classes="choice")
            yield Touch(self.words.appliance_pair, None, id="appliance-pair", classes="choice")
            yield Touch(self.words.appliance_forget, None, id="appliance-forget", classes="choice")
        with Horizontal(id="appliance-sure", classes="actions"):
            yield Touch(self.words.appliance_forget_no, None, id="forget-no", classes="choice")
            yield Touch(self.words.appliance_forget_yes, None, id="forget-yes", classes="choice")

    def consider(self, device_id: str) -> None:
        self._device, self._asking = device_id, False
        self._draw()

    def ask_forget(self, asking: bool) -> None:
        self._asking = asking
        self._draw()

    def show(self, view: View) -> None:
        self._view = view
        self._draw()

    def _draw(self) -> None:
        words = self.words
        one = next((one for one in self._view.appliances if one.id == self._device), None)
        near = any(one.id == self._device for one in self._view.nearby)
        self.query_one("#appliance-label", Line).put(f"{one.label}   {one.state}" if one else words.appliance_gone)
        facts = (
            [one.summary, *(words.appliance_fact.format(what, value) if what else value for what, value in one.facts)]
            if one
            else []
        )
        self.query_one("#appliance-facts", Line).put("\n".join(facts))
        trouble = [part for part in (one.trouble, "" if one.wireless else words.appliance_wired) if part] if one else []
        if one and not one.wireless and not one.trusted:
            trouble = [one.trouble] if one.trouble else []
        self.query_one("#appliance-trouble", Line).put("\n".join(f"┄ {part}" for part in trouble))
        pairing = self._view.pairing
        asking = self._asking and one is not None and one.wireless
        line = words.appliance_forget_sure if asking else pairing.line if pairing.device_id == self._device else ""
        self.query_one("#appliance-line", Line).put(line)
        self.query_one("#appliance-actions").display = not asking
        self.query_one("#appliance-sure").display = asking
        for name, wanted, act in (
            ("#appliance-test", one is not None and one.wireless, TryAppliance(self._device)),
            ("#appliance-forget", one is not None and one.wireless, AskForget(asking=True)),
            ("#appliance-pair", one is not None and (one.wireless or near), Pair(self._device)),
            ("#forget-no", asking, AskForget(asking=False)),
            ("#forget-yes", asking, Forget(self._device)),
        ):
            button = self.query_one(name, Touch)
            button.display = wanted
            button.arm(act if wanted else None)


class NearbyPage(PageBody):
    """What is heard and not on the list; how the pairing goes that was started here."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.NEARBY, words)
        self._all: tuple[NearbyView, ...] | None = None
        self._wanted = ""
        self._pairing = PairingView()

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(self.words.nearby_title, classes="headline")
            yield Touch(self.words.appliance_back, Go(Page.APPLIANCES), id="nearby-back")
        yield Line(id="nearby-line")
        yield Grid(id="nearby-cards", classes="cards")

    def expect(self, device_id: str) -> None:
        """A pairing with this device was asked for; "" forgets the last one."""
        self._wanted = device_id
        self._draw()

    def show(self, view: View) -> None:
        self._pairing = view.pairing
        if view.nearby != self._all:
            self._all = view.nearby
            cards = self.query_one("#nearby-cards")
            cards.remove_children()
            cards.mount_all(NearbyTouch(one) for one in view.nearby)
        self._draw()

    def _draw(self) -> None:
        mine = bool(self._wanted) and self._pairing.device_id == self._wanted
        hint = self.words.nearby_hint if self._all else f"{self.words.nearby_none}\n{self.words.nearby_hint}"
        self.query_one("#nearby-line", Line).put(Content.styled(self._pairing.line, "bold") if mine else hint)


class NearbyTouch(Touch):
    def __init__(self, one: NearbyView) -> None:
        super().__init__("", Pair(one.id), classes="card")
        self.put(Content("\n").join([Content.styled(one.label, "bold"), Content(one.detail)]))


class PasskeyPage(PageBody):
    """The six digits that a device shows while it is paired."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.PASSKEY, words)
        self.typed = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="pad"):
            with Vertical(id="pad-shown"):
                yield Line(self.words.passkey_title, classes="headline")
                yield BigNumber(id="passkey-typed")
                yield Line(id="passkey-line", classes="faint")
            with Grid(id="keys"):
                for digit in "123456789":
                    yield Touch(digit, Key(digit), id=f"key-{digit}", classes="choice")
                yield Touch(self.words.passkey_erase, Key(""), id="key-erase", classes="choice")
                yield Touch("0", Key("0"), id="key-0", classes="choice")
                yield Touch(self.words.passkey_send, None, id="key-send", classes="choice")

    def show(self, view: View) -> None:
        self.query_one("#passkey-line", Line).put(view.pairing.line)
        if not view.pairing.passkey:
            self.type("")

    def type(self, digit: str) -> None:
        """One more digit; "" erases all."""
        self.typed = (self.typed + digit)[:PASSKEY_DIGITS] if digit else ""
        self.query_one("#passkey-typed", BigNumber).number = self.typed.ljust(PASSKEY_DIGITS, "—")
        whole = len(self.typed) == PASSKEY_DIGITS
        self.query_one("#key-send", Touch).arm(SendPasskey() if whole else None)
