"""`python -m drivers.face_worker`: makes the pictures of residents small in a process of its own (T8)."""

from __future__ import annotations

from drivers.files import face
from edge.foreign.serving import serve

if __name__ == "__main__":
    face.prepare()
    serve(face.shrink)
