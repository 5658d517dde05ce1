"""Trees made small: whole, or as the difference from another tree (Zstandard, RFC 8878, with the other one as raw dictionary).

The differences are made by the ``zstd`` program where it is there: of numpy 2.3.5 from 2.3.4 it makes 1.3 MB, the library 5.9.
Reading needs the library only.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import zstandard

from edge.domain.fault import Fault, Reason
from sync.update.disk import Hashed
from sync.update.manifest import Stored

LEVEL = 19
"""Of Zstandard: the smallest that still is unpacked as quickly as any."""

_WINDOW_AT_MOST = 30
_READ = 1 << 20


def whole(tree: Path, to: Path) -> None:
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with tree.open("rb") as source, to.open("wb") as packed:
        compressor.copy_stream(source, packed, size=tree.stat().st_size)


def difference(base: Path, tree: Path, to: Path) -> None:
    """What makes ``tree`` of ``base``. Raises Fault(MISSING_PROGRAM) where ``zstd`` is there and fails."""
    both = base.stat().st_size + tree.stat().st_size
    window = max(10, min(_WINDOW_AT_MOST, both.bit_length()))
    if (program := shutil.which("zstd")) is None:
        parameters = zstandard.ZstdCompressionParameters.from_level(
            LEVEL, source_size=both, window_log=min(27, window), enable_ldm=True
        )
        compressor = zstandard.ZstdCompressor(dict_data=_raw(base), compression_params=parameters)
        to.write_bytes(compressor.compress(tree.read_bytes()))
        return
    command = [
        program,
        "-q",
        "-f",
        f"-{LEVEL}",
        f"--long={window}",
        "--patch-from",
        str(base),
        str(tree),
        "-o",
        str(to),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own arguments
    except (OSError, subprocess.CalledProcessError) as exc:
        raise Fault(Reason.MISSING_PROGRAM, f"zstd made no difference: {exc}", "install Debian's zstd") from exc


def unpacked(packed: Path, to: Path, tree: Stored, base: Path | None = None) -> None:
    """Writes ``tree`` to ``to``. Raises Fault(UPDATE_REFUSED) unless it is exactly that; never writes more than it."""
    reader = zstandard.ZstdDecompressor(
        dict_data=None if base is None else _raw(base), max_window_size=1 << _WINDOW_AT_MOST
    )
    made = Hashed()
    try:
        with packed.open("rb") as source, reader.stream_reader(source) as stream, to.open("wb") as written:
            while piece := stream.read(_READ):
                made.take(piece)
                if made.size > tree.size:
                    break
                written.write(piece)
    except zstandard.ZstdError as exc:
        raise Fault(Reason.UPDATE_REFUSED, f"{packed.name[:16]} cannot be unpacked: {exc}", "fetch it again") from exc
    if (made.hexdigest(), made.size) != (tree.sha256, tree.size):
        raise Fault(Reason.UPDATE_REFUSED, f"{packed.name[:16]} is not what was signed", "fetch it again")


def _raw(base: Path) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base.read_bytes(), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
