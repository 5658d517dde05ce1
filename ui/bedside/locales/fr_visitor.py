"""The words about who waits at the door of a call, in French."""

from __future__ import annotations


class FrenchVisitor:
    visitor_signed_in = "{name} · RPPS {rpps} · identité vérifiée"
    visitor_invited = "{name} · invité, identité à vérifier de vive voix"
    visitor_unknown = "Un spécialiste est à la porte : demandez son nom, rien ne le vérifie."
    note_of = "Note de {} pour le compte rendu"
    note_of_doctor = "Note du médecin pour le compte rendu"
    note_read = "LU : PASSER À LA SUITE"
    visitor_digits = "code à comparer : {}"
