"""A software TPM 2.0 (swtpm) as systemd-creds and the service manager reach it."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests import needs

PCR = 7
_EXTEND = 0x182
_SESSIONS = 0x8002
_PASSWORD = 0x40000009
_SHA256 = 0x000B


class Tpm:
    """One chip; what it keeps lies in ``folder``, whose path is short, as a socket's has to be. ``boot`` switches it on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir(parents=True)

    @property
    def device(self) -> str:
        """For --tpm2-device and SYSTEMD_TPM2_DEVICE."""
        return f"swtpm:path={self.folder / 'socket'}"

    @contextlib.contextmanager
    def boot(self, firmware: bytes = b"firmware") -> Iterator[None]:
        """Switched on, with what a computer of this firmware measures into PCR 7."""
        path = self.folder / "socket"
        path.unlink(missing_ok=True)
        process = subprocess.Popen(
            [
                *(needs.program("swtpm", "swtpm"), "socket", "--tpm2", "--flags", "not-need-init,startup-clear"),
                *("--tpmstate", f"dir={self.folder / 'state'}", "--server", f"type=unixio,path={path}"),
                *("--ctrl", f"type=unixio,path={path}.ctrl"),
            ],
            stderr=subprocess.PIPE,
        )
        try:
            self._extend(firmware)
            yield
        finally:
            process.terminate()
            process.communicate()

    def _extend(self, measured: bytes) -> None:
        """TPM2_PCR_Extend (TPM 2.0 Library part 3, 22.2) with an empty password."""
        authorisation = struct.pack(">IHBH", _PASSWORD, 0, 0, 0)
        digests = struct.pack(">IH", 1, _SHA256) + hashlib.sha256(measured).digest()
        body = struct.pack(">II", PCR, len(authorisation)) + authorisation + digests
        command = struct.pack(">HII", _SESSIONS, 10 + len(body), _EXTEND) + body
        with self._connected() as line:
            line.sendall(command)
            _tag, _size, code = struct.unpack(">HII", line.recv(4096)[:10])
        assert code == 0, f"TPM2_PCR_Extend: {code:#x}"

    def _connected(self) -> socket.socket:
        while True:
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                line.connect(str(self.folder / "socket"))
                return line
            line.close()
