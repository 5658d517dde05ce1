"""The words about who waits at the door of a call, in English."""

from __future__ import annotations


class EnglishVisitor:
    visitor_signed_in = "{name} · RPPS {rpps} · identity verified"
    visitor_invited = "{name} · guest, ask to be sure who it is"
    visitor_unknown = "A specialist is at the door: ask for the name, nothing verifies it."
    note_of = "Note by {} for the report"
    note_of_doctor = "The doctor's note for the report"
    note_read = "READ: GO ON"
    visitor_digits = "code to compare: {}"
