"""A test that proves the control of a hazard, and the proof that it does: the same test with the control switched off.

``@pytest.mark.hazard("H3", without="tests.controls:late_still_accepted")`` names a row of docs/hazards.md or
docs/threats.md and the function that switches the control off in this process; it takes a pytest.MonkeyPatch.
With ``--controls-off`` each marked test runs once per marker, its control off, and has to fail: a test that still passes
proves nothing about its control and is reported as a failure. Only the test's own call counts, not its fixtures, and an
error which says that the switch broke the test (``BROKEN_TEST``) is no proof either.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator

import hypothesis
import pytest

BROKEN_TEST = (AttributeError, ImportError, NameError, TypeError)
"""What a badly written switch-off raises in a test; a hazard has other faces."""

_MARKER = pytest.StashKey[pytest.Mark]()
_PATCH = pytest.StashKey[pytest.MonkeyPatch]()
_CHOSEN = "switched_off_control"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--controls-off",
        action="store_true",
        help="run only the tests marked hazard, each with its control switched off; one that still passes is a failure",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "hazard(row, without): proves the control of a row; without='module:function' switches it off"
    )
    if _controls_are_off(config):
        # whether a sequence that shows it is found must not be chance; nobody reads the shortest one
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("controls-off", deadline=None, derandomize=True, phases=phases)
        hypothesis.settings.load_profile("controls-off")


def _controls_are_off(config: pytest.Config) -> bool:
    return bool(config.getoption("--controls-off"))


@pytest.fixture
def switched_off_control(request: pytest.FixtureRequest) -> pytest.Mark:
    """The marker whose control is off in this run of the test."""
    mark: pytest.Mark = request.param
    return mark


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = list(metafunc.definition.iter_markers("hazard"))
    if marks and _controls_are_off(metafunc.config):
        metafunc.fixturenames.insert(0, _CHOSEN)
        metafunc.parametrize(_CHOSEN, marks, indirect=True, ids=[f"without-{row_of(mark)}" for mark in marks])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _controls_are_off(config):
        return
    marked = [item for item in items if item.get_closest_marker("hazard")]
    config.hook.pytest_deselected(items=[item for item in items if item not in marked])
    items[:] = marked
    for item in marked:
        if isinstance(item, pytest.Function):
            mark = item.callspec.params[_CHOSEN]
            assert isinstance(mark, pytest.Mark)
            item.stash[_MARKER] = mark


def row_of(mark: pytest.Mark) -> str:
    """The row that a marker names. Raises pytest.UsageError for a marker that names none."""
    if len(mark.args) != 1 or not isinstance(mark.args[0], str):
        raise pytest.UsageError(f"a hazard marker names one row, not {mark.args!r}")
    return mark.args[0]


def _switch(mark: pytest.Mark) -> Callable[[pytest.MonkeyPatch], None]:
    without = mark.kwargs.get("without")
    if not isinstance(without, str) or without.count(":") != 1:
        raise pytest.UsageError(
            f"the marker of {row_of(mark)} does not say how its control is switched off: without='module:function'"
        )
    module, function = without.split(":")
    switch: Callable[[pytest.MonkeyPatch], None] = getattr(importlib.import_module(module), function)
    return switch


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with pytest.MonkeyPatch.context() as patch:
        item.stash[_PATCH] = patch
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if mark := item.stash.get(_MARKER, None):
        _switch(mark)(item.stash[_PATCH])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    mark = item.stash.get(_MARKER, None)
    if mark is None or report.when != "call" or report.skipped:
        return report
    off = f"{row_of(mark)} with its control off ({mark.kwargs['without']})"
    if report.passed:
        report.outcome = "failed"
        report.longrepr = f"{off}: the test still passes, so it proves nothing about that control"
    elif call.excinfo is not None and _broke_the_test(call.excinfo.value):
        report.sections.append(("hazard", f"{off}: the switch broke the test instead of the control"))
    else:
        report.outcome = "passed"
        report.longrepr = None
    return report


def _broke_the_test(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_broke_the_test(inner) for inner in error.exceptions)
    return isinstance(error, BROKEN_TEST)


def pytest_report_header(config: pytest.Config) -> list[str]:
    return ["controls: off, so that every marked test has to fail"] if _controls_are_off(config) else []
