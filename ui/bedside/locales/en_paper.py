"""The English words about reading the PDF of an answer."""

from __future__ import annotations


class EnglishPaper:
    paper_read = "READ"
    paper_on = "NEXT ▾"
    paper_back = "▴ BEFORE"
    paper_page = "page {} / {}"
    paper_beyond = "the first {} are shown here: print the rest"
    paper_coming = "The document is on its way…"
    paper_unreadable = "This document cannot be shown here: {}."
    paper_print = "print it"
    paper_no_printer = "tell the support"
