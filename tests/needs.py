"""What a test needs of its machine: skipped by name with how to get it, an error where nothing may be skipped."""

from __future__ import annotations

import ctypes
import os
import shutil

import pytest


def lacking(what: str, how: str) -> None:
    message = f"needs {what}: {how}"
    if os.environ.get("TELECART_NOTHING_SKIPPED"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def program(name: str, package: str) -> str:
    """The path of a program, ``package`` being the Debian package that brings it."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        lacking(name, f"sudo apt install {package}")
    assert path is not None
    return path


def root() -> None:
    if os.geteuid() != 0:
        lacking("root", "run the tests as root")


def library(name: str, package: str) -> None:
    """A shared library by its file name, ``package`` being the Debian package that brings it."""
    try:
        ctypes.CDLL(name)
    except OSError:
        lacking(name, f"sudo apt install {package}")
