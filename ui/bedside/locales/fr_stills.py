"""The French words about still pictures."""

from __future__ import annotations


class FrenchStills:
    still_impossible = "Cet écran ne sait pas montrer d'image."
    still_coming = "L'image arrive…"
    still_drawing = "L'image se dessine…"
    still_undrawable = "Cette image ne peut pas être dessinée ici. Elle est gardée."
    still_close = "RETOUR"
    still_again = "REFAIRE"
    still_opinion = "ENVOYER POUR AVIS"
    still_open = "VOIR L'ECG"
    still_gain = "{} mm/s\n{} mm/mV"
    still_span = "{} à {} s\npage {} / {} ▸"
    still_scale = "{} mm/s · {} mm/mV"
    still_true = "échelle vraie"
    still_not_true = "échelle non garantie : taille de l'écran non réglée"
    still_in_window = "échelle non garantie : image dans une fenêtre"
    still_filters = "sans filtre de la borne ; l'appareil ne dit pas les siens"
    still_ecg_of = "{} · {}"
    still_absent = "non enregistrée"
    still_unscaled = "sans échelle, non tracée"
    still_outside = "le tracé sort du papier : {}"
    still_now = "maintenant"
    still_full = "EN GRAND"
