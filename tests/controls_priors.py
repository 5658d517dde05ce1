"""Switches (see tests/controls.py) of the controls over foreign objects and earlier pictures."""

from __future__ import annotations

import dataclasses
import itertools
from decimal import Decimal

import msgspec
import pytest

from drivers.models.model import FileModel
from edge.domain import prior
from edge.domain.patient import Patient
from edge.domain.prior import Claimed
from edge.domain.waveform import Scale
from edge.foreign import sandbox
from edge.store.ledger import StoredLedger
from sync.dicom.fetching import prior_get, prior_object, prior_reading, prior_web, priors
from sync.dicom.fetching.prior_reading import Seen


def a_worker_may_take_what_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: nothing limits the memory of the worker."""
    say = sandbox._say

    def unlimited(worker: sandbox.subprocess.Popen[bytes], content: sandbox.Body) -> None:
        try:
            limits = msgspec.msgpack.decode(b"".join(content.pieces()), type=sandbox.m.Limits)
            more = msgspec.structs.replace(limits, memory_bytes=1 << 40)
            content = sandbox.InMemory(msgspec.msgpack.encode(more))
        except msgspec.MsgspecError:
            pass
        say(worker, content)

    monkeypatch.setattr(sandbox, "_say", unlimited)


def the_kernel_confines_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """T8: the worker keeps the rights of its parent."""
    monkeypatch.setattr(sandbox, "_MODULE", ("-c", _UNCONFINED))


_UNCONFINED = """
import runpy, sys
from edge.foreign import confinement, serving
serving.confine = lambda: True
serving.limit = lambda memory: None
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__")
"""


def files_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7, T8: the process that has the store reads foreign files by itself."""
    monkeypatch.setattr(FileModel, "read", lambda self, data: (self.prepare(), self.parse(data))[1])


def pictures_of_priors_may_be_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """T8: a picture inside a foreign object may announce as many pixels as it likes."""
    monkeypatch.setattr(prior_object, "MOST_PIXELS", 10**12)


def birth_dates_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: whoever bears the identifier is the resident."""
    monkeypatch.setattr(priors, "doubt", lambda *_: None)


def lists_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: nobody looks whose the object itself says that it is."""
    monkeypatch.setattr(priors, "claimed", lambda seen: Claimed("IPP1", "EHPAD", "19380312"))


def priors_are_parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: sync parses what a far end gives by itself."""

    async def here(content: bytes) -> Seen:
        return prior_object.read(content)

    monkeypatch.setattr(priors, "looked_at", here)
    monkeypatch.setattr(prior_reading, "looked_at", here)
    prior_reading.sandbox().close()


def any_side_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """H4: a left heel is compared with a right one."""
    site_only = {name: dataclasses.replace(site, paired=False) for name, site in prior.SITES.items()}
    monkeypatch.setattr(prior, "SITES", site_only)


def anybody_s_picture_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: whatever is asked for is handed out."""

    async def every(self: StoredLedger, patient_id: str, besides: str | None = None) -> list[prior.Prior]:
        every_one = await self.patients()
        found = [await self._store.run(lambda s, one=one: s.priors.listed(one.id)) for one in every_one]
        return [one for listed in found for one in listed]

    monkeypatch.setattr(StoredLedger, "earlier", every)


def any_ins_stands_in_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: the INS leaves whatever its status."""
    monkeypatch.setattr(Patient, "ins_to_send", property(lambda self: self.ins))


def a_scale_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: a channel without a scale is taken for microvolts."""
    scale = prior_object._scale
    monkeypatch.setattr(prior_object, "_scale", lambda channel: scale(channel) or Scale(Decimal(1)))


def leads_may_be_called_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """H16: nobody looks whether two leads have one name."""
    numbers = itertools.count()
    monkeypatch.setattr(prior_object, "_lead", lambda _channel: f"lead {next(numbers)}")


def a_far_end_may_send_what_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: an object is received however large it is."""
    get, web = prior_get.PacsSource.fetch, prior_web.WebSource.fetch
    monkeypatch.setattr(prior_get.PacsSource, "fetch", lambda self, one, _limit: get(self, one, 1 << 40))
    monkeypatch.setattr(prior_web.WebSource, "fetch", lambda self, one, _limit: web(self, one, 1 << 40))
