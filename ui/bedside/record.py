"""What the residents' record says of a resident, in words."""

from __future__ import annotations

from edge.door import messages as m
from ui.bedside.locales import Words


def lines(card: m.ResidentCard, words: Words) -> tuple[str, ...]:
    """Treating doctor, legal protection, who represents her, ALD; what is not known is said where somebody would look for it."""
    if card.without_identity:
        return ()
    doctor = words.record_doctor_rpps if card.treating_rpps else words.record_doctor
    protection = words.record_protections.get(card.protection, card.protection)
    rows = [
        doctor.format(card.treating_doctor, card.treating_rpps) if card.treating_doctor else words.record_no_doctor,
        words.record_protection.format(protection) if protection else words.record_no_protection,
    ]
    if card.representative:
        rows.append(words.record_representative.format(card.representative))
    if card.long_term_illness is not None:
        rows.append(words.record_long_term_illness[card.long_term_illness])
    return tuple(rows)
