"""Names of items: what RFC 9562 and PS3.5 B.2 say of them."""

from __future__ import annotations

import time
import uuid

from edge.domain.identifier import dicom_uids, item_names, uuid7


def test_a_name_is_a_uuid_of_version_7_that_tells_the_millisecond() -> None:
    for draw in (lambda: str(uuid7()), lambda: item_names()[0]):
        before = time.time_ns() // 1_000_000
        name = draw()
        after = time.time_ns() // 1_000_000
        found = uuid.UUID(name)
        assert (str(found), found.version, found.variant) == (name, 7, uuid.RFC_4122)
        assert before <= found.int >> 80 <= after


def test_a_dicom_uid_is_of_a_random_uuid() -> None:
    for uid in (*dicom_uids(200), *(uid for _ in range(200) for uid in item_names()[1:])):
        root, _, number = uid.rpartition(".")
        found = uuid.UUID(int=int(number))
        assert (root, found.version, found.variant) == ("2.25", 4, uuid.RFC_4122)
        assert len(uid) <= 64
        assert not number.startswith("0")


def test_names_are_drawn_anew_and_of_chance_in_every_free_bit() -> None:
    drawn = [item_names() for _ in range(400)]
    assert len({name for names in drawn for name in names}) == 3 * len(drawn)
    for place, fixed in ((0, 7), (1, 4), (2, 4)):
        numbers = [_number(names[place]) for names in drawn]
        free = (1 << 128) - 1 ^ 0xF << 76 ^ 0b11 << 62
        if fixed == 7:
            free &= (1 << 80) - 1
        ever, always = 0, (1 << 128) - 1
        for number in numbers:
            ever, always = ever | number, always & number
        assert ever & ~always & free == free


def _number(name: str) -> int:
    return int(name[5:]) if name.startswith("2.25.") else uuid.UUID(name).int
