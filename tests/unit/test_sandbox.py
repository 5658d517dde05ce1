"""The worker for foreign objects: what it may not do, and that its death costs one object (T7, T8)."""

from __future__ import annotations

import gc
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.domain.fault import Fault, Reason
from edge.foreign import confinement
from edge.foreign.messages import Limits
from edge.foreign.sandbox import NotStarted, Sandbox
from tests import needs

MEBIBYTE = 1024 * 1024
UNRULY = ("tests.unruly_worker",)
SMALL = Limits(memory_bytes=64 * MEBIBYTE, cpu_seconds=1, wall_seconds=20.0, answer_bytes=MEBIBYTE)


@pytest.fixture
def unruly() -> Iterator[Sandbox[str]]:
    with Sandbox(UNRULY, str, SMALL) as sandbox:
        yield sandbox


def resident(pid: int | None, which: str = "VmRSS") -> int:
    """Bytes of a process in memory: now, or (VmHWM) at its highest."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(which):
            return int(line.split()[1]) * 1024
    raise AssertionError(which)


def refusal(sandbox: Sandbox[str], said: str, reason: Reason = Reason.UNDECODABLE) -> Fault:
    with pytest.raises(Fault) as caught:
        sandbox.read(said.encode())
    assert caught.value.reason is reason
    assert caught.value.do
    return caught.value


def test_one_worker_reads_one_object_after_another(unruly: Sandbox[str]) -> None:
    assert unruly.pid is None
    assert unruly.read(b"echo one") == "one"
    worker = unruly.pid
    assert [unruly.read(f"echo {n}".encode()) for n in range(20)] == [str(n) for n in range(20)]
    assert unruly.pid == worker


@pytest.mark.hazard("T7", without="tests.controls_priors:a_worker_may_take_what_it_likes")
def test_memory_is_bounded_in_worker_and_parent(unruly: Sandbox[str]) -> None:
    unruly.read(b"echo warm")
    gc.collect()
    ours, before = resident(os.getpid()), resident(unruly.pid)
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            try:
                seen.append(resident(unruly.pid, "VmHWM"))
            except (OSError, AssertionError):
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        assert "memory" in refusal(unruly, f"take {400 * MEBIBYTE}").what
    finally:
        done.set()
        watching.join()
    assert max(seen, default=before) - before < SMALL.memory_bytes
    assert resident(os.getpid()) - ours < 8 * MEBIBYTE
    assert unruly.read(b"echo next") == "next"


@pytest.mark.parametrize("said", ["spin", "die", "deep", "raise", "long 2000000"])
def test_what_kills_the_reader_costs_one_object(unruly: Sandbox[str], said: str) -> None:
    assert unruly.read(b"echo before") == "before"
    assert "MARTIN" not in str(refusal(unruly, said))
    assert unruly.read(b"echo after") == "after"


def test_cpu_is_counted_for_each_object_by_itself(unruly: Sandbox[str]) -> None:
    unruly.read(b"echo warm")
    refusal(unruly, "spin")
    refusal(unruly, "spin")
    assert unruly.read(b"echo after") == "after"


def test_a_reader_that_hangs_is_ended() -> None:
    with Sandbox(UNRULY, str, msgspec.structs.replace(SMALL, cpu_seconds=60, wall_seconds=0.5)) as sandbox:
        sandbox.read(b"echo warm")
        refusal(sandbox, "spin")
        assert sandbox.read(b"echo after") == "after"


def test_a_fault_of_the_reader_comes_through_as_one_clean_line(unruly: Sandbox[str]) -> None:
    unruly.read(b"echo warm")
    worker = unruly.pid
    fault = refusal(unruly, "fault", Reason.CORRUPT_FILE)
    assert fault.what == "it is corrupt\N{REPLACEMENT CHARACTER}[2J really"
    assert fault.do == "do this"
    assert unruly.pid == worker


def test_what_the_reader_prints_goes_nowhere(unruly: Sandbox[str], capfd: pytest.CaptureFixture[str]) -> None:
    unruly.read(b"echo warm")
    capfd.readouterr()
    assert unruly.read(b"print") == "printed"
    assert capfd.readouterr() == ("", "")


@pytest.mark.hazard("T8", without="tests.controls_priors:the_kernel_confines_nobody")
@pytest.mark.parametrize("act", ["open", "parent", "socket", "program", "fork", "kill", "limits"])
def test_the_reader_reaches_no_file_no_network_and_no_process(unruly: Sandbox[str], act: str) -> None:
    assert unruly.read(act.encode()) == "PermissionError"
    assert unruly.confined
    assert unruly.read(b"echo on") == "on"


def test_a_worker_is_replaced_after_some_objects() -> None:
    with Sandbox(UNRULY, str, msgspec.structs.replace(SMALL, objects=2)) as sandbox:
        workers = []
        for _ in range(4):
            workers.append(sandbox.pid)
            sandbox.read(b"echo")
        assert workers[0] is None
        assert workers[1] is not None
        assert workers[2] is None


def test_a_worker_goes_when_nobody_asks() -> None:
    with Sandbox(UNRULY, str, msgspec.structs.replace(SMALL, idle_seconds=0.2)) as sandbox:
        sandbox.read(b"echo")
        leaving = sandbox._leaving
        assert leaving is not None
        leaving.join(20)
        assert sandbox.pid is None
        assert sandbox.read(b"echo again") == "again"


def test_a_worker_that_cannot_start_says_nothing_of_the_object() -> None:
    with Sandbox(("tests.no_such_worker",), str, SMALL) as sandbox:
        for _ in range(2):
            with pytest.raises(NotStarted):
                sandbox.read(b"echo")


def test_an_object_beyond_the_largest_is_refused_unsent() -> None:
    with Sandbox(UNRULY, str, msgspec.structs.replace(SMALL, object_bytes=100)) as sandbox:
        assert "larger" in refusal(sandbox, "echo " + "x" * 100).what
        assert sandbox.pid is None


def test_threads_take_turns(unruly: Sandbox[str]) -> None:
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        found[number] = unruly.read(f"echo {number}".encode())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: str(number) for number in range(8)}


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_the_calls_that_are_allowed_are_those_that_are_named(machine: str, header: str) -> None:
    """By the kernel's own headers; what is allowed can read, write, use memory and end, and nothing else."""
    path = Path(header)
    if not path.exists():
        needs.lacking(f"the kernel's header {header}", "sudo apt install linux-libc-dev")
    names = dict(re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", path.read_text(), re.MULTILINE))
    named = {int(number): name for name, number in names.items()}
    memory = {"mmap", "mprotect", "munmap", "brk", "mremap", "madvise", "membarrier"}
    signals = {"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "rseq"}
    own = {"getpid", "gettid", "getrusage", "exit", "exit_group", "futex", "sched_yield", "getrandom"}
    times = {"clock_gettime", "clock_nanosleep"}
    opened = {"read", "write", "close", "fstat", "lseek", "poll" if machine == "x86_64" else "ppoll"}
    assert named[confinement._OWN_LIMITS[machine]] == "prlimit64"
    assert {named[number] for number in confinement._ALLOWED[machine]} == memory | signals | own | times | opened
