"""`python -m drivers.matrix_worker`: looks for Data Matrix symbols in a process of its own (T8)."""

from __future__ import annotations

from drivers.files import matrix
from edge.foreign.serving import serve

if __name__ == "__main__":
    matrix.prepare()
    serve(matrix.search)
