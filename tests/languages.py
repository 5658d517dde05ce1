"""What of a line that is said at the bedside has no English."""

from __future__ import annotations

import re

from drivers import catalog
from drivers.english import CLAUSES

LABELS = sorted({model.label for model in catalog.MODELS} | {"Bluetooth"}, key=len, reverse=True)
CLAUSES_LONGEST_FIRST = sorted(CLAUSES, key=len, reverse=True)
LINE_SETTINGS = re.compile(r"\b\d+ [5-8][NEO][12]\b")
"""``9600 8N1`` is the same in every language."""


def without_english(line: str) -> str:
    """The words of ``line`` that are in no catalog: neither the label that it begins with nor a clause."""
    rest = LINE_SETTINGS.sub("", line)
    for label in LABELS:
        if f"{rest} ".startswith(f"{label} ") and not rest.startswith(tuple(CLAUSES)):
            rest = rest.removeprefix(label)
            break
    for clause in CLAUSES_LONGEST_FIRST:
        rest = rest.replace(clause, "|")
    return " ".join(re.findall(r"[^\W\d_]+", rest))
