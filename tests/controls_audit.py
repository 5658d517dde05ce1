"""Switches (see tests/controls.py) of the audit trail and of what keeps patient data out of logs."""

from __future__ import annotations

import contextlib
import re
import traceback

import pytest

from edge.domain import audit as rules
from edge.mains import audit as command
from edge.store.file import database
from edge.store.keeping import audit, audit_file


def nobody_follows_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: hashes are written and never looked at."""
    monkeypatch.setattr(rules, "breaks", lambda _links, _store_id: iter(()))


def nobody_guards_the_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: the table has no triggers, and nobody misses them."""
    made = database.migrations()
    bare = [
        (number, name, audit._GUARD.sub("", script) if name == "audit" else script) for number, name, script in made
    ]
    monkeypatch.setattr(database, "migrations", lambda: bare)
    monkeypatch.setattr(audit, "_missing_guards", lambda _database: [])


def an_act_needs_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: what cannot be traced is done all the same."""
    append = audit.append

    def tried(database: database.Database, entry: rules.Entry) -> None:
        with contextlib.suppress(Exception):
            append(database, entry)

    monkeypatch.setattr(audit, "append", tried)


def nobody_says_who(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: the door does not tell on whose behalf it asks."""
    from edge.door.server import Visitor

    monkeypatch.setattr(Visitor, "asking", lambda _self, _command: rules.THE_CART)


def an_export_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: nobody holds the trail of the cart against an export."""
    monkeypatch.setattr(command, "_compared", lambda *_: [])


def any_signature_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: an export is believed."""
    monkeypatch.setattr(audit_file, "_signs", lambda *_: True)


def logs_say_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: logs are as structlog and Python make them, here and in the processes of the cart."""
    from edge.mains import logs

    monkeypatch.setenv("TELECART_LOGS", "unguarded")
    monkeypatch.setattr(logs, "plainly", lambda value: value)
    monkeypatch.setattr(logs, "_named", lambda value: value)
    monkeypatch.setattr(logs, "outline", lambda failure: "".join(traceback.format_exception(failure)))
    monkeypatch.setattr(logs, "_EVENT", re.compile(".*"))
