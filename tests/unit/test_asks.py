"""What the specialist's page may say on the channel of asking, and what goes back: bounded, one thing at a time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.media import Frame
from edge.door import messages as m
from edge.mains import asking as asking_module
from edge.mains.asking import Asking, Shown
from sync.consult.asks import CHUNK, LARGEST, MOST_NONSENSE, Asks, Fetch, Freeze, Note, Point, Still, asked

CALL = "call-1"


@pytest.mark.parametrize(
    ("text", "is_what"),
    [
        ('{"type":"still","id":1,"view":"dermoscopy"}', Still),
        ('{"type":"fetch","id":2,"what":"item"}', Fetch),
        ('{"type":"point","x":1000,"y":0,"shown":true,"frozen":true}', Point),
        ('{"type":"freeze","on":true}', Freeze),
        ('{"type":"note","id":3,"text":"Été"}', Note),
    ],
)
def test_what_the_page_says_is_understood(text: str, is_what: type) -> None:
    assert isinstance(asked(text), is_what)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        b"\xff",
        5,
        '{"type":"still","id":0,"view":"overview"}',
        '{"type":"still","id":1,"view":"../../etc"}',
        '{"type":"still","id":1}',
        '{"type":"fetch","id":1,"what":""}',
        json.dumps({"type": "fetch", "id": 1, "what": "x" * 129}),
        '{"type":"point","x":1001,"y":0}',
        '{"type":"point","x":-1,"y":0}',
        '{"type":"point","x":0.5,"y":0}',
        '{"type":"note","id":1,"text":""}',
        json.dumps({"type": "note", "id": 1, "text": "x" * 4001}),
        '{"type":"note","id":1,"text":"x","author":"somebody else"}',
        '{"type":"admit"}',
        '"\ud800"',
        " " * (LARGEST + 1),
    ],
)
def test_what_is_not_exactly_that_is_nothing(text: object) -> None:
    assert asked(text) is None


class Channel:
    """An RTCDataChannel as far as it is used: what is sent stays in its buffer until ``leave``."""

    def __init__(self) -> None:
        self.readyState = "open"
        self.sent: list[str | bytes] = []
        self.bufferedAmount = 0
        self.heard: Any = None

    def on(self, event: str, heard: Any) -> None:
        assert event == "message"
        self.heard = heard

    def send(self, data: str | bytes) -> None:
        self.sent.append(data)
        self.bufferedAmount += len(data)

    def texts(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.sent if isinstance(one, str)]


def attached() -> tuple[Asks, Channel]:
    asks, channel = Asks(), Channel()
    asks.attach(channel)  # type: ignore[arg-type]
    return asks, channel


def test_nothing_is_told_while_there_is_no_channel() -> None:
    asks = Asks()
    assert not asks.tell({"type": "done", "id": 1})
    asks, channel = attached()
    channel.readyState = "closing"
    assert not asks.list([])
    assert channel.sent == []


async def test_a_flood_and_nonsense_are_refused_and_then_heard_no_more() -> None:
    asks, channel = attached()
    for number in range(1, 100):
        channel.heard(json.dumps({"type": "fetch", "id": number, "what": "x"}))
    refused = channel.texts()
    assert refused
    assert {one["reason"] for one in refused} == {"busy"}
    first = await asks.next()
    assert isinstance(first, Fetch)
    assert first.id == 1
    channel.sent.clear()
    for _ in range(3 * MOST_NONSENSE):
        channel.heard("nonsense")
    assert len(channel.texts()) == MOST_NONSENSE


async def test_content_follows_its_head_in_order_and_never_faster_than_the_line_takes_it() -> None:
    asks, channel = attached()
    content = bytes(range(256)) * 400
    sending = asyncio.create_task(asks.send({"id": 1, "sha256": "x"}, content))
    async with asyncio.timeout(30):
        while not sending.done():
            assert channel.bufferedAmount <= 3 * CHUNK
            before = len(channel.sent)
            await asyncio.sleep(0)
            if len(channel.sent) == before:
                channel.bufferedAmount = 0
                await asyncio.sleep(0.001)
    await sending
    assert channel.texts() == [{"type": "content", "bytes": len(content), "id": 1, "sha256": "x"}]
    assert b"".join(one for one in channel.sent if isinstance(one, bytes)) == content


async def test_a_channel_that_closes_ends_what_was_being_sent() -> None:
    asks, channel = attached()
    sending = asyncio.create_task(asks.send({"id": 1}, bytes(20 * CHUNK)))
    async with asyncio.timeout(30):
        while not channel.bufferedAmount > CHUNK:
            await asyncio.sleep(0)
        channel.readyState = "closed"
        await sending
    assert len(channel.sent) < 20


class Room:
    frame = Frame(2, 1, bytes(6), 1)

    def latest(self) -> Frame | None:
        return self.frame


class Edge:
    """What the door was asked, and what it answers: ``refusing`` of it, ``giving`` for every ask, or nothing at all."""

    def __init__(self) -> None:
        self.asked: list[m.Command] = []
        self.refusing: Reason | None = None
        self.giving: m.ForSpecialist | None = None
        self.asking: Asking | None = None

    async def ask(self, command: m.Command) -> None:
        self.asked.append(command)
        if self.refusing is not None:
            raise Fault(self.refusing, "no", "")
        if self.giving is not None and self.asking is not None:
            self.asking.came(self.giving)


class Served:
    def __init__(self) -> None:
        self.asks, self.channel = attached()
        self.edge, self.shown = Edge(), list[Shown]()
        self.asking = Asking(CALL, self.asks, self.edge.ask, Room(), self.shown.append)
        self.edge.asking = self.asking

    async def __aenter__(self) -> Served:
        self._task = asyncio.create_task(self.asking.serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def says(self, **message: object) -> None:
        self.channel.heard(json.dumps(message))

    async def hears(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while not (found := [one for one in self.channel.texts() if one["type"] == kind]):
                await asyncio.sleep(0)
        return found[-1]


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (Reason.CALL, "closed"),
        (Reason.NOT_ALLOWED, "guest"),
        (Reason.PURGED, "gone"),
        (Reason.CAMERA, "camera"),
        (Reason.NO_ROOM, "full"),
        (Reason.STORE_IO, "failed"),
    ],
)
async def test_what_edge_refuses_is_told_in_a_word_that_the_page_knows(reason: Reason, word: str) -> None:
    async with Served() as served:
        served.edge.refusing = reason
        served.says(type="note", id=4, text="x")
        assert await served.hears("refused") == {"type": "refused", "id": 4, "reason": word}


async def test_a_picture_that_edge_hands_out_reaches_the_page_with_its_hash() -> None:
    async with Served() as served:
        served.edge.giving = m.ForSpecialist(call_id=CALL, ask=5, kind="photo", jpeg=b"JPEG", sha256="ab")
        served.says(type="fetch", id=5, what="item")
        head = await served.hears("content")
        assert (head["id"], head["bytes"], head["sha256"], head["ecg"]) == (5, 4, "ab", None)
        assert b"JPEG" in served.channel.sent


async def test_what_was_asked_for_in_another_call_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_module, "ANSWER_SECONDS", 0.05)
    async with Served() as served:
        served.edge.giving = m.ForSpecialist(call_id="another", ask=6, kind="photo", jpeg=b"JPEG", sha256="ab")
        served.says(type="fetch", id=6, what="item")
        assert (await served.hears("refused"))["reason"] == "failed"
        assert b"JPEG" not in served.channel.sent


async def test_the_window_shows_the_point_only_when_edge_agrees_and_nothing_after_the_call() -> None:
    async with Served() as served:
        served.says(type="freeze", on=True)
        served.says(type="point", x=10, y=20)
        served.says(type="note", id=1, text="x")
        await served.hears("done")
        assert served.shown[-1] == Shown((10, 20), Room.frame)
        served.edge.refusing = Reason.CALL
        served.says(type="point", x=500, y=500)
        served.says(type="note", id=2, text="x")
        await served.hears("refused")
        assert served.shown[-1].at == (10, 20)
    assert served.shown[-1] == Shown()
