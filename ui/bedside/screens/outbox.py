"""S7: what still has to leave the cart, by resident, and what waits for a person first."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from edge.domain.delivery import State
from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.standing_acts import OpenStopped, Resend
from ui.bedside.standing_views import StandingView, StoppedView, WayLine
from ui.bedside.views import CountView, Page, View
from ui.bedside.widgets.leaves import Leaves
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch


class OutboxPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.OUTBOX, words)
        self._shown: tuple[StandingView, bool] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="outbox-lines")
            yield Line(id="outbox-brief")
            yield Touch("", Go(Page.WHOSE), id="outbox-whose")
            yield Touch(self.words.send_all, None, id="outbox-again", classes="quiet")
            yield Touch(self.words.send_handover, Go(Page.HANDOVER), id="outbox-handover", classes="quiet")
        with Horizontal(id="words"):
            for state in self.words.delivery:
                if state == State.WITHDRAWN:
                    continue  # it waits for nothing: a line says how many
                yield CountTile(id=f"count-{state}")
        with Horizontal(classes="leafed"):
            yield VerticalScroll(id="ways", can_focus=False)
            yield Leaves(self.words)

    def show(self, view: View) -> None:
        words, standing = self.words, view.standing
        whose = self.query_one("#outbox-whose", Touch)
        whose.put(words.whose_open.format(view.whose.waits))
        whose.display = bool(view.whose.waits or view.whose.reconciled)
        may = view.lock.allows(Deed.HANDOVER.value)
        again = self.query_one("#outbox-again", Touch)
        again.display = len(standing.stopped) > 1
        again.arm(Resend() if may else None)
        self.query_one("#outbox-handover", Touch).arm(Go(Page.HANDOVER) if may else None)
        for tile, count in zip(self.query(CountTile), view.outbox.counts, strict=False):
            tile.show(count)
        facts = " · ".join(standing.facts)
        self.query_one("#outbox-lines", Line).put(Content.assemble((words.send_title, "bold"), f"\n{facts}"))
        # on a low display the counts stand where the facts would, and the list keeps its room
        counts = " · ".join(words.send_count.format(one.count, one.word) for one in view.outbox.counts)
        brief = Content.assemble(
            (words.send_title, "bold"), f"\n{counts}", *(f"\n{one}" for one in standing.facts[-1:])
        )
        self.query_one("#outbox-brief", Line).put(brief)
        if self._shown != (standing, may):
            self._shown = standing, may
            self._fill(standing, may)

    def _fill(self, standing: StandingView, may: bool) -> None:
        words = self.words
        rows: list[Line] = [_stopped(one, words, may) for one in standing.stopped]
        if standing.more_stopped:
            rows.append(Line(standing.more_stopped, classes="faint"))
        if standing.ways:
            rows.append(Line(words.send_list, classes="headline ways-title"))
        rows += [_way(one) for one in standing.ways]
        listed = self.query_one("#ways")
        listed.remove_children()
        listed.mount_all(rows)


def _stopped(one: StoppedView, words: Words, may: bool) -> Touch:
    touch = Touch("", OpenStopped(one.item_id) if may else None, classes="card stopped")
    touch.put(
        Content("\n").join(
            [
                Content.assemble((f"{words.send_to_correct}   {one.who}", "bold")),
                Content(f"{one.title} · {one.facts}"),
                Content.assemble(f"{one.why}  ", (words.send_touch, "bold")),
            ]
        )
    )
    return touch


def _way(one: WayLine) -> Line:
    line = Line(classes="way")
    facts = " · ".join(part for part in (one.counts, one.since, one.moving) if part)
    line.put(Content("\n").join([Content.styled(one.who, "bold"), Content(facts)]))
    return line


class CountTile(Vertical):
    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="count")

    def compose(self) -> ComposeResult:
        yield Line(id="counted")

    def show(self, count: CountView) -> None:
        self.set_class(count.count == 0, "-none")
        self.query_one("#counted", Line).put(Content.assemble((str(count.count), "bold"), f"  {count.word}"))
