"""The tables of who works at the cart."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence

from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.staff import Known, Member, Replacement, Role, StaffList, Tries
from edge.store.file.database import Database
from edge.store.keeping import audit

_COLUMNS = "id, name, role, rpps, badge, code, until, ends"

LET_IN = 0
"""The list on which replacements stand."""

_FIRST_NUMBER = 901

_DAY_SEEN = "staff_day_seen"
"""A fact: the latest day on which a clock that was right was looked at since the newest list came."""


class Staff:
    """Raises Fault(STORE_IO | STORE_DAMAGED) where nothing was written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run = database.connection.execute

    def take(self, staff: StaffList, by: Actor, now: Instant) -> int:
        """The list replaces the one before; PINs stay with their people, and not with an id that somebody else has now, or
        that stood on no list in between. Returns how many are no longer on it.

        Raises Fault(NOT_ALLOWED) for a list that is not newer than the one that is here, unless it is that very list.
        """
        with self._database.write():
            before = self.newest()
            if before is not None and staff.number <= before.number:
                if staff == dataclasses.replace(before, members=_in_order_of(staff, before.members)):
                    return 0
                what = f"list {staff.number} is not newer than list {before.number}, which is here"
                raise Fault(Reason.NOT_ALLOWED, what, "get the newest list, or give this one a greater number")
            self._run(
                "INSERT OR REPLACE INTO staff_list VALUES (1,?,?,?,?)",
                (staff.site, staff.number, staff.expires.isoformat(), now.utc.isoformat()),
            )
            self._run("DELETE FROM fact WHERE name = ?", (_DAY_SEEN,))
            for one in staff.members:
                if self._another(one, before):
                    self._forget_pin(one.id)
                    audit.append(self._database, Entry(Act.PIN_TAKEN, by, now, detail=one.id))
                self._put(one, staff.number)
            gone = len(before.members) - self._kept(before, staff) if before else 0
            detail = f"list {staff.number}, {len(staff.members)} people, {gone} no longer"
            audit.append(self._database, Entry(Act.STAFF, by, now, detail=detail))
        return gone

    def _another(self, one: Member, before: StaffList | None) -> bool:
        """Whether a PIN stands under this id that is not known to be this person's."""
        row = self._run(
            "SELECT name, rpps, list FROM staff WHERE id = ? AND (pin IS NOT NULL OR start IS NOT NULL)", (one.id,)
        ).fetchone()
        if row is None:
            return False
        name, rpps, number = row
        gone_between = before is None or number != before.number
        return gone_between or name != one.name or bool(rpps and rpps != one.rpps)

    def _forget_pin(self, member_id: str) -> None:
        sql = "UPDATE staff SET pin = NULL, pin_set = NULL, start = NULL, start_until = NULL, failures = 0 WHERE id = ?"
        self._run(sql, (member_id,))

    def _put(self, one: Member, number: int) -> None:
        self._run(
            "INSERT INTO staff (list, id, name, role, rpps, badge, code, until) VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET list = excluded.list, name = excluded.name, role = excluded.role,"
            " rpps = excluded.rpps, badge = excluded.badge, code = excluded.code, until = excluded.until",
            (
                number,
                one.id,
                one.name,
                one.role.value,
                one.rpps,
                one.badge,
                one.code,
                one.until and one.until.isoformat(),
            ),
        )

    @staticmethod
    def _kept(before: StaffList, after: StaffList) -> int:
        ids = {one.id for one in after.members}
        return sum(one.id in ids for one in before.members)

    def newest(self) -> StaffList | None:
        """None where nobody ever brought one: then the screen asks for no sign-in."""
        row = self._run("SELECT site, number, expires FROM staff_list").fetchone()
        if row is None:
            return None
        found = self._run(f"SELECT {_COLUMNS} FROM staff WHERE list = ? ORDER BY id", (row[1],))
        return StaffList(row[0], row[1], dt.date.fromisoformat(row[2]), tuple(_member(one) for one in found))

    def day_seen(self) -> dt.date:
        """No list and nobody on it is believed again on an earlier day than this: the latest one ``saw_day`` was told."""
        row = self._run("SELECT value FROM fact WHERE name = ?", (_DAY_SEEN,)).fetchone()
        return dt.date.fromisoformat(row[0]) if row else dt.date.min

    def saw_day(self, day: dt.date) -> None:
        """Of a clock that is right. An earlier day than the latest changes nothing; a new list begins anew."""
        if day > self.day_seen():
            with self._database.write():
                self._run("INSERT OR REPLACE INTO fact VALUES (?, ?)", (_DAY_SEEN, day.isoformat()))

    def known(self, *, badge: str = "", code: str = "", member_id: str = "") -> Known | None:
        """Who is on the newest list with this badge, code or id, or was let in with it last; None for nobody."""
        for column, value in (("badge", badge), ("code", code), ("id", member_id)):
            if not value:
                continue
            row = self._run(
                f"SELECT {_COLUMNS}, pin, failures, failed_boot, failed_ns, start, start_until FROM staff"
                f" WHERE {column} = ? AND list IN (?, (SELECT number FROM staff_list))"
                " ORDER BY list DESC, since DESC LIMIT 1",
                (value, LET_IN),
            ).fetchone()
            if row is not None:
                until = dt.datetime.fromisoformat(row[13]) if row[13] else None
                return Known(_member(row[:8]), row[8], Tries(row[9], row[10], row[11]), row[12], until)
        return None

    def replacements(self) -> tuple[Replacement, ...]:
        """Everybody who was ever let in at the screen, the newest first."""
        found = self._run(
            f"SELECT {_COLUMNS}, since, since_boot, since_ns, let_in_by FROM staff WHERE list = ? ORDER BY since DESC",
            (LET_IN,),
        ).fetchall()
        return tuple(
            Replacement(_member(row[:8]), Instant(dt.datetime.fromisoformat(row[8]), row[9], row[10], True), row[11])
            for row in found
        )

    def let_in(self, one: Member, start: str, by: Actor, now: Instant, let_in_by: str) -> Member:
        """``one`` until its ``ends``, with an id and a number of its own. ``start`` is the hash of what she types first."""
        if one.ends is None:
            raise ValueError("nobody is let in without an end")
        with self._database.write():
            count = self._run("SELECT count(*) FROM staff WHERE list = ?", (LET_IN,)).fetchone()[0]
            made = dataclasses.replace(one, id=f"replacement:{count + 1}", code=self._free_number(now))
            self._run(
                "INSERT INTO staff (list, id, name, role, rpps, badge, code, since, since_boot, since_ns, ends, let_in_by,"
                " start, start_until) VALUES (?,?,?,?,'','',?,?,?,?,?,?,?,?)",
                (
                    *(LET_IN, made.id, made.name, made.role.value, made.code, now.utc.isoformat(), now.boot_id),
                    *(now.monotonic_ns, one.ends.isoformat(), let_in_by, start, one.ends.isoformat()),
                ),
            )
            detail = f"{made.id} {made.role.value} until {one.ends.isoformat()}"
            audit.append(self._database, Entry(Act.LET_IN, by, now, detail=detail))
        return made

    def _free_number(self, now: Instant) -> str:
        """That nobody has who is listed or was let in and is still there."""
        rows = self._run(
            "SELECT code FROM staff WHERE list = (SELECT number FROM staff_list) OR ends > ?", (now.utc.isoformat(),)
        )
        taken = {row[0] for row in rows}
        return next(str(number) for number in itertools.count(_FIRST_NUMBER) if str(number) not in taken)

    def send_away(self, member_id: str, by: Actor, now: Instant) -> None:
        """A replacement, now: her shift ends as it began, so that no clock that is set back lets her in again.

        Raises Fault(NOT_ALLOWED) for somebody who is none, or not any more.
        """
        with self._database.write():
            sql = "UPDATE staff SET ends = since WHERE id = ? AND list = ? AND ends > ?"
            if not self._run(sql, (member_id, LET_IN, now.utc.isoformat())).rowcount:
                raise Fault(Reason.NOT_ALLOWED, "Cet accès est déjà terminé", "regardez la liste")
            audit.append(self._database, Entry(Act.SENT_AWAY, by, now, detail=member_id))

    def close_shifts(self, now: Instant) -> int:
        """Every shift that is seen to be over ends as it began: a clock that is set back later lets nobody in again."""
        over = [one.member.id for one in self.replacements() if one.over(now) and not one.closed]
        if over:
            with self._database.write():
                for member_id in over:
                    self._run("UPDATE staff SET ends = since WHERE id = ? AND list = ?", (member_id, LET_IN))
        return len(over)

    def set_pin(self, member_id: str, pin: str, by: Actor, now: Instant) -> None:
        """``pin`` is a hash. Raises Fault(NOT_ALLOWED) for somebody who has one: it is taken away first."""
        with self._database.write():
            changed = self._run(
                "UPDATE staff SET pin = ?, pin_set = ?, failures = 0, start = NULL, start_until = NULL"
                " WHERE id = ? AND pin IS NULL",
                (pin, now.utc.isoformat(), member_id),
            ).rowcount
            if not changed:
                raise Fault(Reason.NOT_ALLOWED, "Ce code personnel est déjà choisi", "demandez à l'administrateur")
            audit.append(self._database, Entry(Act.PIN_SET, by, now, detail=member_id))

    def invite(self, member_id: str, start: str, until: dt.datetime, by: Actor, now: Instant) -> None:
        """``start`` is a hash. Any PIN of hers goes. Raises Fault(NOT_ALLOWED) for nobody."""
        with self._database.write():
            sql = "UPDATE staff SET pin = NULL, pin_set = NULL, failures = 0, start = ?, start_until = ? WHERE id = ?"
            if not self._run(sql, (start, until.isoformat(), member_id)).rowcount:
                raise Fault(Reason.NOT_ALLOWED, "nobody of this id is known", "see telecart users list")
            audit.append(self._database, Entry(Act.INVITED, by, now, detail=member_id))

    def take_pin_away(self, member_id: str, by: Actor, now: Instant) -> None:
        """She chooses another one when she signs in. Raises Fault(NOT_ALLOWED) for nobody."""
        with self._database.write():
            sql = "UPDATE staff SET pin = NULL, pin_set = NULL, failures = 0 WHERE id = ?"
            if not self._run(sql, (member_id,)).rowcount:
                raise Fault(Reason.NOT_ALLOWED, "nobody of this id is known", "see telecart users list")
            audit.append(self._database, Entry(Act.PIN_TAKEN, by, now, detail=member_id))

    def tried(self, member_id: str, *, right: bool, by: Actor, now: Instant) -> None:
        """A PIN was looked at: what came of it stands in the audit trail."""
        with self._database.write():
            if right:
                self._run("UPDATE staff SET failures = 0 WHERE id = ?", (member_id,))
            else:
                self._run(
                    "UPDATE staff SET failures = failures + 1, failed_boot = ?, failed_ns = ? WHERE id = ?",
                    (now.boot_id, now.monotonic_ns, member_id),
                )
            audit.append(self._database, Entry(Act.SIGNED_IN if right else Act.NOT_LET_IN, by, now, detail=member_id))


def _member(row: Sequence[str | None]) -> Member:
    member_id, name, role, rpps, badge, code, until, ends = row
    return Member(
        str(member_id),
        str(name),
        Role(str(role)),
        str(rpps),
        str(badge),
        str(code),
        dt.date.fromisoformat(until) if until else None,
        dt.datetime.fromisoformat(ends) if ends else None,
    )


def _in_order_of(staff: StaffList, members: Sequence[Member]) -> tuple[Member, ...]:
    """``members`` as ``staff`` orders them, so that the same people in another order are the same list."""
    place = {one.id: place for place, one in enumerate(staff.members)}
    return tuple(sorted(members, key=lambda one: place.get(one.id, len(place))))
