"""`python -m drivers.worker FORMAT`: reads files of one format in a process of its own (T7, T8)."""

from __future__ import annotations

import sys

from drivers.catalog import FILES
from drivers.files.apart import Said, said
from edge.foreign.serving import serve


def main() -> None:
    (model,) = [model for model in FILES if model.name == sys.argv[1]]
    model.prepare()

    def read(data: bytes) -> Said:
        return said(model.parse(data))

    serve(read)


if __name__ == "__main__":
    main()
