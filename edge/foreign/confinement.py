"""What the kernel no longer lets this process do. Irrevocable: for a worker that is about to read what strangers made.

Limits of setrlimit(2), and a filter of system calls (seccomp(2), Documentation/userspace-api/seccomp_filter.rst): what is not
listed fails with EPERM. So no file, no socket, no program, no other process: neither the store nor its key, nor the network.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_AUDIT_ARCH: Mapping[str, int] = MappingProxyType({"x86_64": 0xC000003E, "aarch64": 0xC00000B7})
"""linux/audit.h."""

_ALLOWED: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        # read write close fstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn sched_yield
        # mremap madvise getpid exit getrusage sigaltstack gettid futex restart_syscall clock_gettime clock_nanosleep
        # exit_group getrandom membarrier rseq
        "x86_64": (
            *(0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 98, 131, 186, 202, 219, 228, 230),
            *(231, 318, 324, 334),
        ),
        # the same in the order of aarch64, with ppoll for poll
        "aarch64": (
            *(57, 62, 63, 64, 73, 80, 93, 94, 98, 113, 115, 124, 128, 132, 134, 135, 139, 165, 172, 178, 214),
            *(215, 216, 222, 226, 233, 278, 283, 293),
        ),
    }
)
"""arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h."""

_OWN_LIMITS: Mapping[str, int] = MappingProxyType({"x86_64": 302, "aarch64": 261})
"""prlimit64, by which the limit on CPU moves on with each object: for this process only."""

_SET_NO_NEW_PRIVS, _SET_SECCOMP, _SET_DUMPABLE = 38, 22, 4
_MODE_FILTER: Final = 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def limit(memory_bytes: int) -> None:
    """``memory_bytes`` beside what is in use; no file is written, no process started, no core left. Raises OSError."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, used + memory_bytes),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # where the machine has no memory left, this is the process that goes
    Path("/proc/self/oom_score_adj").write_text("1000")


def confine() -> bool:
    """Installs the filter; False on a machine of another kind, or where the kernel has none."""
    machine = os.uname().machine
    if machine not in _AUDIT_ARCH:
        return False
    allowed = _ALLOWED[machine]
    # seccomp_data: the number of the call at 0, the architecture at 4, the first argument at 16
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, 4, _OWN_LIMITS[machine]),
        (_LOAD, 0, 0, 16),
        (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        *((_EQUAL, len(allowed) - place, 0, number) for place, number in enumerate(allowed)),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    libc = ctypes.CDLL(None, use_errno=True)
    prctl = libc.prctl
    prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    if prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    described = _Program(len(program), ctypes.addressof(buffer))
    return bool(prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(described), 0, 0) == 0)
