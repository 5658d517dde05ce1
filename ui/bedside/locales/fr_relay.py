"""The French words of a handover that is read resident by resident, page by page."""

from __future__ import annotations


class FrenchRelay:
    relay_read_one = "LU"
    relay_read_page = "LU : CETTE PAGE"
    relay_read_one_done = "Lu : c'est tracé."
    relay_page = "Page {} sur {}"
    relay_page_before = "◂ PAGE {}"
    relay_page_after = "PAGE {} ▸"
