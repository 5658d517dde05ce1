"""The words about who waits at the door of a call, in French."""

from __future__ import annotations


class FrenchVisitor:
    visitor_signed_in = "{name} · RPPS {rpps} · identité vérifiée"
    visitor_invited = "{name} · invité, identité à vérifier de vive voix"
    visitor_unknown = "Un spécialiste est à la porte : demandez son nom, rien ne le vérifie."
    visitor_digits = "code à comparer : {}"
