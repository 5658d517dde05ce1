"""The English words of a handover that is read resident by resident, page by page."""

from __future__ import annotations


class EnglishRelay:
    relay_read_one = "READ"
    relay_read_page = "READ: THIS PAGE"
    relay_read_one_done = "Read: it is on record."
    relay_page = "Page {} of {}"
    relay_page_before = "◂ PAGE {}"
    relay_page_after = "PAGE {} ▸"
