"""What passes the door about the picture of a resident: asked for by the screen, one at a time."""

from __future__ import annotations

from edge.door.command import Command


class ShowFace(Command, frozen=True):
    """Asks for the picture of a resident of the list: it comes as Face, once, and empty where there is none."""

    patient_id: str
