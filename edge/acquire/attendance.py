"""Who is at the cart: locked, somebody who still has to type her PIN, or somebody signed in.

Rule: a badge or a code says who, the PIN proves it; idleness, her badge again or her badge taken out of the reader locks.
Locking hides what is on screen and ends nothing that runs. Where no list was ever taken in, nobody signs in and the screen
is open, as before the first list.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import secrets
from typing import Final, Protocol

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from edge.domain.audit import Act, Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.ports import Clock
from edge.domain.staff import (
    START_DIGITS,
    WITHOUT_BADGE,
    Deed,
    Entrance,
    Known,
    Member,
    Replacement,
    Role,
    StaffList,
    standing,
    still_to_wait,
    why_not_let_in,
    why_not_pin,
)

IDLE_SECONDS: Final = 300.0
"""Without a touch; a measurement that runs goes on, and is kept."""

PIN_SECONDS: Final = 60.0
"""For which a badge waits for its PIN."""

# RFC 9106 4, the second recommended choice: 64 MiB, three passes; one lane, since the cart's processors are busy
_PASSES: Final = 3
_KIBIBYTES: Final = 64 * 1024


class StaffBook(Protocol):
    """Where the list and the PINs are kept. Raises Fault(STORE_IO | STORE_DAMAGED)."""

    async def staff_list(self) -> StaffList | None: ...

    async def day_seen(self) -> dt.date: ...

    async def saw_day(self, day: dt.date) -> None: ...

    async def known(self, *, badge: str = "", code: str = "", member_id: str = "") -> Known | None: ...

    async def replacements(self) -> tuple[Replacement, ...]: ...

    async def let_in(self, one: Member, start: str, by: Actor, now: Instant, let_in_by: str) -> Member: ...

    async def send_away(self, member_id: str, by: Actor, now: Instant) -> None: ...

    async def close_shifts(self, now: Instant) -> int: ...

    async def set_pin(self, member_id: str, pin: str, by: Actor, now: Instant) -> None: ...

    async def tried(self, member_id: str, *, right: bool, by: Actor, now: Instant) -> None: ...

    async def noted(self, act: Act, by: Actor, now: Instant) -> None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Present:
    """``member`` None: the emergency door. ``since`` in monotonic nanoseconds."""

    member: Member | None
    since: int


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What the locked screen says. ``name`` of whom it knows and asks for a PIN, ``wait_seconds`` until it looks at one again."""

    entrance: Entrance | None = None
    name: str = ""
    wait_seconds: float = 0.0
    what: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Welcome:
    """What a replacement is told before she comes in: the code in ``start`` is kept nowhere else in clear."""

    member: Member
    start: str


class Attendance:
    """Used by edge's one loop. Times are the clock's, so that a test sets them."""

    def __init__(self, book: StaffBook, clock: Clock, origin: Origin, idle_seconds: float = IDLE_SECONDS) -> None:
        self._book = book
        self._clock = clock
        self._origin = origin
        self._idle = idle_seconds
        self._staff: StaffList | None = None
        self._day_seen = dt.date.min
        self._replacements: tuple[Replacement, ...] = ()
        self._asking: Member | None = None
        self._proved = False  # by a badge or a start code: she may choose her first PIN
        self._in_reader = ""
        self._touched = 0
        self._lock = asyncio.Lock()
        self.present: Present | None = None
        self.asked = Asked()
        self.welcome: Welcome | None = None

    async def refresh(self) -> None:
        """At the start, and whenever the store was changed by somebody else. Who is no longer listed is signed out."""
        self._staff = await self._book.staff_list()
        self._day_seen = await self._book.day_seen()
        self._replacements = await self._book.replacements()
        if self.present is None or self.present.member is None:
            return
        if not self._listed(self.present.member):
            await self.leave()

    def _listed(self, member: Member) -> bool:
        staff = self._staff
        # a list that ended stays ended where the clock goes back (T16)
        today = max(self._clock.now().utc.date(), self._day_seen)
        if staff is None or not standing(member, staff, today):
            return False
        return member in staff.members or any(one.member == member for one in self.replacements)

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """Those who are here now, the newest first."""
        now = self._clock.now()
        return tuple(one for one in self._replacements if one.there(now))

    @property
    def required(self) -> bool:
        """Whether anybody has to sign in here."""
        return self._staff is not None

    @property
    def locked(self) -> bool:
        return self._staff is not None and self.present is None

    def may(self, deed: Deed) -> bool:
        if self._staff is None:
            return True
        if self.present is None:
            return False
        return deed in (WITHOUT_BADGE if self.present.member is None else self.present.member.may)

    def who(self, screen: Who) -> Who:
        """Who does what is done at ``screen`` now: it stands for whoever is before it where nobody signed in."""
        member = self.present.member if self.present else None
        return _known(member) if member else screen

    def actor(self) -> Actor:
        """The same for what is done here."""
        return Actor(self.who(Who(KnownBy.ROLE, "ui")), self._origin)

    # --- coming in

    async def badge(self, badge: str, *, stays: bool = False) -> None:
        """Her badge again locks; another one asks for its PIN. ``stays``: the reader will say when it is taken out."""
        async with self._lock:
            self._in_reader = badge if stays else ""
            known = await self._book.known(badge=badge)
            if known is not None and self.present is not None and self.present.member == known.member:
                await self.leave()
            else:
                await self._ask(known, proved=True)

    async def badge_out(self, badge: str) -> None:
        """It was taken out of the reader: with it whoever came in by it goes. One that asks for its PIN was only held there."""
        # at once, whatever else is being looked at (H1)
        if self._in_reader == badge:
            self._in_reader = ""
        member = self.present.member if self.present else None
        if member is not None and member.badge == badge:
            await self.leave()

    def unread(self, what: str) -> None:
        """A badge gave no number: ``what`` says so on the locked screen, in French."""
        if self.present is None:
            self.asked = dataclasses.replace(self.asked, what=what)
            self._touch()

    async def code(self, code: str) -> None:
        """The number that is typed by who has no badge at hand."""
        async with self._lock:
            await self._ask(await self._book.known(code=code), proved=False)

    async def _ask(self, known: Known | None, *, proved: bool) -> None:
        if self.present is not None:
            await self.leave()
        self._touch()
        if known is None or not self._listed(known.member):
            self._asking = None
            self.asked = Asked(Entrance.UNKNOWN if known is None else Entrance.ENDED)
            return
        self._asking, self._proved = known.member, proved
        self.asked = self._standing(known, self._first(known) if known.pin is None else None)

    def _first(self, known: Known) -> Entrance:
        """A number is no secret: whoever types a colleague's must not choose her PIN (T16)."""
        if self._proved:
            return Entrance.SET_PIN
        until = known.start_until
        return Entrance.START if until and self._clock.now().utc <= until else Entrance.NOT_INVITED

    def _standing(self, known: Known, entrance: Entrance | None) -> Asked:
        now = self._clock.now()
        wait = still_to_wait(known.tries, now.boot_id, now.monotonic_ns).total_seconds()
        return Asked(Entrance.WAIT if wait else entrance, known.member.name, wait)

    async def pin(self, pin: str) -> None:
        """Of whom the badge or the code named. A try is written down before its outcome is told."""
        async with self._lock:
            known = await self._asked_for()
            if known is None:
                return
            if known.pin is None and self._proved:
                await self._choose(known.member, pin)
                return
            first = self._first(known) if known.pin is None else None
            self.asked = self._standing(known, first)
            secret = known.start if first is Entrance.START else known.pin
            if secret is None or self.asked.entrance is Entrance.WAIT:
                return
            if not await asyncio.to_thread(_fits, pin, secret):
                await self._book.tried(known.member.id, right=False, by=self._hers(known), now=self._clock.now())
                again = await self._book.known(member_id=known.member.id)
                wrong = Entrance.WRONG_PIN if first is None else Entrance.START
                self.asked = self._standing(again or known, wrong)
                if self.asked.entrance is Entrance.START:
                    self.asked = dataclasses.replace(self.asked, what="code de départ refusé : recommencez")
            elif first is Entrance.START:
                self._proved = True
                self.asked = self._standing(known, Entrance.SET_PIN)
            else:
                await self._book.tried(known.member.id, right=True, by=self._hers(known), now=self._clock.now())
                self._let_in(known.member)

    def _hers(self, known: Known) -> Actor:
        return _as(known.member, self._origin)

    async def _asked_for(self) -> Known | None:
        known = await self._book.known(member_id=self._asking.id) if self._asking else None
        if known is None or not self._listed(known.member):
            self._asking = None
            self.asked = Asked(Entrance.UNKNOWN)
            return None
        return known

    async def _choose(self, member: Member, pin: str) -> None:
        """The first PIN. The site's list says that she works here; her badge or start code, that she is she."""
        if (why := why_not_pin(pin)) is not None:
            self.asked = Asked(Entrance.SET_PIN, member.name, what=why)
            return
        kept = await asyncio.to_thread(hashed, pin)
        now, by = self._clock.now(), _as(member, self._origin)
        await self._book.set_pin(member.id, kept, by, now)
        await self._book.tried(member.id, right=True, by=by, now=now)
        self._let_in(member)

    def _let_in(self, member: Member | None) -> None:
        self._asking = None
        self.asked = Asked(Entrance.IN, member.name if member else "")
        self.present = Present(member, self._clock.now().monotonic_ns)
        self._touch()

    async def emergency(self) -> None:
        """Without a badge: a call and nothing else. Written down before it opens."""
        async with self._lock:
            if not self.locked:
                raise Fault(Reason.NOT_ALLOWED, "Quelqu'un est déjà connecté", "appelez depuis l'accueil")
            await self._book.noted(Act.EMERGENCY, self.actor(), self._clock.now())
            self._let_in(None)

    # --- letting in

    async def let_in(self, name: str, role: Role, shift: dt.timedelta) -> None:
        """A replacement; her number and start code stand in ``welcome`` until whoever let her in leaves.

        Raises Fault(NOT_ALLOWED) where that cannot be.
        """
        name = " ".join(name.split())
        if (why := why_not_let_in(name, role, shift)) is not None:
            raise Fault(Reason.NOT_ALLOWED, f"Accès non créé : {why}", "corrigez et recommencez")
        letting = self.present.member if self.present else None
        if letting is None or Deed.LET_IN not in letting.may:
            raise Fault(Reason.NOT_ALLOWED, "Votre fonction ne le permet pas", "demandez à un collègue")
        start = "".join(secrets.choice("0123456789") for _ in range(START_DIGITS))
        kept = await asyncio.to_thread(hashed, start)
        now = self._clock.now()
        wanted = Member("", name, role, ends=now.utc + shift)
        made = await self._book.let_in(wanted, kept, _as(letting, self._origin), now, letting.id)
        self._replacements = await self._book.replacements()
        if self.present is not None and self.present.member == letting:
            self.welcome = Welcome(made, start)

    async def send_away(self, member_id: str) -> None:
        """A replacement, before the end of her shift. Raises Fault(NOT_ALLOWED) for somebody who is none."""
        await self._book.send_away(member_id, self.actor(), self._clock.now())
        self.welcome = None if self.welcome and self.welcome.member.id == member_id else self.welcome
        await self.refresh()

    # --- going

    async def lock(self) -> None:
        """Asked at the screen: a PIN that is being looked at lets nobody in after it."""
        async with self._lock:
            await self._leave_her_badge()

    async def _leave_her_badge(self) -> None:
        """Locks, and asks for the PIN of the badge that is still in the reader."""
        await self.leave()
        if self._in_reader:
            await self._ask(await self._book.known(badge=self._in_reader), proved=True)

    async def leave(self) -> None:
        """Locks. What runs goes on."""
        self.welcome = None
        if self.present is not None:
            by = self.actor()
            self.present = None
            await self._book.noted(Act.SIGNED_OUT, by, self._clock.now())
        self._asking = None
        self.asked = Asked()

    def touched(self) -> None:
        """Somebody used the screen."""
        self._touch()

    def _touch(self) -> None:
        self._touched = self._clock.now().monotonic_ns

    async def tick(self) -> bool:
        """To be asked every second; whether something changed."""
        now = self._clock.now()
        if any(one.over(now) and not one.closed for one in self._replacements):
            await self._book.close_shifts(now)
            self._replacements = await self._book.replacements()
        await self._see_day(now)
        still = (now.monotonic_ns - self._touched) / 1e9
        if self.present is not None and (still >= self._idle or not self._still_listed()):
            await self._leave_her_badge()
            return True
        waits = self._asking is not None and self._asking.badge != self._in_reader
        if still >= PIN_SECONDS and (waits or (self._asking is None and self.locked and self.asked != Asked())):
            self._asking = None
            self.asked = Asked()
            return True
        return False

    async def _see_day(self, now: Instant) -> None:
        today = now.utc.date()
        if self._staff is not None and now.clock_trusted and today > self._day_seen:
            self._day_seen = today
            # a store that takes no writes keeps nobody signed in; the next start asks again
            with contextlib.suppress(Fault):
                await self._book.saw_day(today)

    def _still_listed(self) -> bool:
        member = self.present.member if self.present else None
        return member is None or self._listed(member)


def _known(member: Member) -> Who:
    return Who(KnownBy.PROFESSIONAL, member.rpps or member.id, member.name)


def _as(member: Member, origin: Origin) -> Actor:
    return Actor(_known(member), origin)


def hashed(pin: str) -> str:
    """In the form of PHC. A tenth of a second and 64 MiB: not in an event loop."""
    argon2 = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=_PASSES, lanes=1, memory_cost=_KIBIBYTES)
    return argon2.derive_phc_encoded(pin.encode())


def _fits(pin: str, hashed: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(pin.encode(), hashed)
    except InvalidKey:
        return False
    return True
