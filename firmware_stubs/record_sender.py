"""A simulated residents' record (DUI): it tells of movements by ADT messages over MLLP, and sends again until it is answered.

The messages are templates after what IHE's own test tool for France sends (Gazelle Patient Manager, ITI-30 and ITI-31, HL7
"2.5^FRA^2.10") and the French extension of PAM (IHE ITI TF-4, 4.1). Frames: HL7 v2.5 appendix C.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import datetime as dt
import itertools
import json
import ssl
import sys
from types import TracebackType
from typing import Final, Self

_ESCAPED: Final = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})

_STRUCTURES: Final = {
    "A01": "ADT_A01",
    "A02": "ADT_A02",
    "A03": "ADT_A03",
    "A04": "ADT_A01",
    "A08": "ADT_A01",
    "A11": "ADT_A09",
    "A12": "ADT_A12",
    "A13": "ADT_A01",
    "A28": "ADT_A05",
    "A31": "ADT_A05",
    "A40": "ADT_A39",
    "A47": "ADT_A30",
}
_OF_A_PERSON: Final = frozenset({"A28", "A31", "A40", "A47"})


@dataclasses.dataclass(frozen=True)
class Doctor:
    family: str
    given: str
    rpps: str


@dataclasses.dataclass(frozen=True)
class Person:
    """As the record has her. ``born`` is YYYYMMDD, ``place`` the INSEE code; ``ins`` (matricule, OID); ``status`` a code of PID-32."""

    ipp: str
    family: str
    given: str
    born: str
    sex: str
    room: str = ""
    used: str = ""
    place: str = ""
    ins: tuple[str, str] | None = None
    status: str = "PROV"
    allergies: tuple[str, ...] = ()
    doctor: Doctor | None = None
    guardian: tuple[str, str] | None = None
    """(name, telephone)"""


class Record:
    """``authority`` gives its identifiers; ``charset`` is what MSH-18 says, ``codec`` Python's name of it."""

    def __init__(
        self,
        authority: str = "EHPAD",
        *,
        application: str = "DUI",
        processing: str = "P",
        charset: str = "UNICODE UTF-8",
        codec: str = "utf-8",
    ) -> None:
        self.authority = authority
        self.application = application
        self.processing = processing
        self.charset = charset
        self.codec = codec
        self._numbers = itertools.count(1)

    # --- what it says

    def admitted(self, one: Person) -> bytes:
        return self._message("A01", one)

    def created(self, one: Person) -> bytes:
        return self._message("A28", one)

    def updated(self, one: Person) -> bytes:
        return self._message("A08", one)

    def moved(self, one: Person) -> bytes:
        return self._message("A02", one)

    def left(self, one: Person, when: dt.datetime) -> bytes:
        return self._message("A03", one, when=when)

    def stays(self, one: Person) -> bytes:
        """The discharge was none."""
        return self._message("A13", one)

    def died(self, one: Person, when: dt.datetime) -> bytes:
        return self._message("A03", one, when=when, dead=True)

    def merged(self, one: Person, gone: str) -> bytes:
        return self._message("A40", one, gone=gone)

    def renamed(self, one: Person, former: str) -> bytes:
        return self._message("A47", one, gone=former)

    def _message(
        self, event: str, one: Person, *, when: dt.datetime | None = None, dead: bool = False, gone: str = ""
    ) -> bytes:
        now = dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M%S")
        happened = when.strftime("%Y%m%d%H%M%S") if when else now
        lines = [
            f"MSH|^~\\&|{self.application}|{self.authority}|TELECART|{self.authority}|{now}||ADT^{event}^{_STRUCTURES[event]}|"
            f"{self.application}{next(self._numbers):08}|{self.processing}|2.5^FRA^2.10|||||FRA|{self.charset}",
            f"EVN||{now}||||{happened}",
            self._pid(one, happened if dead else ""),
        ]
        if one.doctor is not None and event != "A40":
            who = one.doctor
            lines.append(
                f"ROL|1|UP|ODRP|{who.rpps}^{_safe(who.family)}^{_safe(who.given)}^^^^^^ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO^L^^^RPPS"
            )
        if one.guardian is not None and event not in {"A40", "A47"}:
            name, telephone = one.guardian
            lines.append(f"NK1|1|{_safe(name)}|GRD||^PRN^PH^^^^^^^^^{telephone}")
        if event in {"A40", "A47"}:
            lines.append(f"MRG|{gone}^^^{self.authority}^PI")
        if event not in {"A40", "A47"}:
            lines.append(self._pv1(event, one, happened))
        if event not in _OF_A_PERSON and event != "A03":
            lines += [f"AL1|{n}|DA|^{_safe(what)}" for n, what in enumerate(one.allergies, 1)]
        return "".join(f"{line}\r" for line in lines).encode(self.codec)

    def _pid(self, one: Person, died: str) -> str:
        fields = [""] * 33
        identifiers = [f"{one.ipp}^^^{self.authority}^PI"]
        if one.ins is not None:
            matricule, oid = one.ins
            kind = "NIA" if oid.endswith(".9") else "NIR"
            identifiers.append(f"{matricule}^^^ASIP-SANTE-INS-{kind}&{oid}&ISO^INS")
        names = [f"{_safe(one.family)}^{_safe(one.given.split()[0])}^{_safe(one.given)}^^^^L"]
        if one.used:
            names.append(f"{_safe(one.used)}^{_safe(one.given.split()[0])}^^^^^D")
        fields[0], fields[3], fields[5] = "PID", "~".join(identifiers), "~".join(names)
        fields[7], fields[8] = one.born, one.sex
        fields[11] = f"^^^^^^BDL^^{one.place}" if one.place else ""
        fields[29], fields[30], fields[32] = died, "Y" if died else "N", one.status
        return "|".join(fields)

    def _pv1(self, event: str, one: Person, happened: str) -> str:
        if event in _OF_A_PERSON:
            return "PV1||N"
        fields = [""] * 46
        fields[0], fields[2], fields[3] = "PV1", "I", f"HEBERGEMENT^{_safe(one.room)}^1^{self.authority}"
        fields[45] = happened if event == "A03" else ""
        return "|".join(fields)


def _safe(text: str) -> str:
    return text.translate(_ESCAPED)


class Line:
    """``async with Line(host, port) as line``: ``await line.say(message)`` is what is answered."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._place = (host, port)
        self._tls = tls

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(
            *self._place, ssl=self._tls, server_hostname="" if self._tls else None
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """Raises asyncio.IncompleteReadError where the line ends."""
        answer = await self._reader.readuntil(b"\x1c\r")
        return answer.removeprefix(b"\x0b").removesuffix(b"\x1c\r")

    async def say(self, message: bytes) -> bytes:
        await self.write(b"\x0b" + message + b"\x1c\r")
        return await self.answer()


def code_of(answer: bytes) -> tuple[str, str]:
    """(MSA-1, MSA-2) of an acknowledgement."""
    for line in answer.decode("utf-8").split("\r"):
        fields = line.split("|")
        if fields[0] == "MSA":
            return fields[1], fields[2]
    raise ValueError("no acknowledgement")


async def tell(host: str, port: int, message: bytes, seconds: float = 60.0) -> bytes:
    """Says it again, on a new line each time, until it is answered. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                async with Line(host, port) as line:
                    return await line.say(message)
            await asyncio.sleep(0.1)


JEANNE: Final = Person(
    "IPP-0214",
    "DUPONT",
    "Jeanne Marie",
    "19380312",
    "F",
    room="214",
    used="MARTIN",
    status="VALI",
    allergies=("Pénicilline", "Latex"),
    doctor=Doctor("MOREL", "Paul", "10001234567"),
)
"""Invented, as all else: she is the one whom the record of a demonstration admits."""


def main() -> None:
    """Admits her, and prints as one JSON line what was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--authority", default="DEMO")
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    message = Record(asked.authority).admitted(JEANNE)
    answer = asyncio.run(tell(asked.host, asked.port, message, asked.seconds))
    sys.stdout.write(json.dumps({"answer": code_of(answer)[0]}) + "\n")


if __name__ == "__main__":
    main()
