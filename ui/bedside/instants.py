"""What the cart says of time, as far as it is one: whatever else comes through the door takes no screen down. Pure."""

from __future__ import annotations

import datetime as dt


def date_of(text: str) -> dt.date | None:
    """The date with which an ISO 8601 text begins; None for any other text."""
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def instant(text: str, zone: dt.tzinfo | None) -> dt.datetime | None:
    """An ISO 8601 instant in ``zone``; None for any other text, or without its own offset."""
    try:
        found = dt.datetime.fromisoformat(text)
        return found.astimezone(zone) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
