"""Switches (see tests/controls.py) of the controls on the way to a destination: TLS, and what comes back from there."""

from __future__ import annotations

import pytest

from sync.dicom import same


class _Everything(frozenset[str]):
    def __contains__(self, _: object) -> bool:
        return True

    def __ror__(self, _: object) -> _Everything:
        return self


def any_transfer_syntax_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: a file that came back is inflated if it says that it is deflated."""
    monkeypatch.setattr(same, "_NATIVE", _Everything())
