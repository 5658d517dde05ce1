"""The tables of who works at the cart."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.staff import Known, Member, Role, StaffList, Tries
from edge.store.file.database import Database
from edge.store.keeping import audit

_COLUMNS = "id, name, role, rpps, badge, code, until"


class Staff:
    """Raises Fault(STORE_IO | STORE_DAMAGED) where nothing was written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run = database.connection.execute

    def take(self, staff: StaffList, by: Actor, now: Instant) -> int:
        """The list replaces the one before; PINs stay with their people. Returns how many are no longer on it.

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
            for one in staff.members:
                self._put(one, staff.number)
            gone = len(before.members) - self._kept(before, staff) if before else 0
            detail = f"list {staff.number}, {len(staff.members)} people, {gone} no longer"
            audit.append(self._database, Entry(Act.STAFF, by, now, detail=detail))
        return gone

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

    def known(self, *, badge: str = "", code: str = "", member_id: str = "") -> Known | None:
        """Who is on the newest list with this badge, code or id; None for nobody."""
        for column, value in (("badge", badge), ("code", code), ("id", member_id)):
            if not value:
                continue
            row = self._run(
                f"SELECT {_COLUMNS}, pin, failures, failed_boot, failed_ns, start, start_until FROM staff"
                f" WHERE {column} = ? AND list = (SELECT number FROM staff_list)",
                (value,),
            ).fetchone()
            if row is not None:
                until = dt.datetime.fromisoformat(row[12]) if row[12] else None
                return Known(_member(row[:7]), row[7], Tries(row[8], row[9], row[10]), row[11], until)
        return None

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
    member_id, name, role, rpps, badge, code, until = row
    return Member(
        str(member_id),
        str(name),
        Role(str(role)),
        str(rpps),
        str(badge),
        str(code),
        dt.date.fromisoformat(until) if until else None,
    )


def _in_order_of(staff: StaffList, members: Sequence[Member]) -> tuple[Member, ...]:
    """``members`` as ``staff`` orders them, so that the same people in another order are the same list."""
    place = {one.id: place for place, one in enumerate(staff.members)}
    return tuple(sorted(members, key=lambda one: place.get(one.id, len(place))))
