"""Where each process finds the store."""

from __future__ import annotations

from edge.settings import Settings
from edge.store.ledger import Places


def places_of(settings: Settings) -> Places:
    return Places(settings.database, settings.blobs, settings.key_file)
