"""What the worker for pages of a foreign PDF is asked, at both ends of its pipe."""

from __future__ import annotations

import struct
from typing import Final

ASKED: Final = struct.Struct(">HHH")
"""Before the PDF: the page, from 0, then the most pixels across and down."""
