"""The French words about reading the PDF of an answer."""

from __future__ import annotations


class FrenchPaper:
    paper_read = "LIRE"
    paper_on = "SUITE ▾"
    paper_back = "▴ AVANT"
    paper_page = "page {} / {}"
    paper_beyond = "les {} premières s'affichent ici : imprimez le reste"
    paper_coming = "Le document arrive…"
    paper_unreadable = "Ce document ne s'affiche pas ici : {}."
    paper_print = "imprimez-le"
    paper_no_printer = "prévenez le support"
