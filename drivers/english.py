"""What is said of devices at the bedside, in English: for the command line, and for a screen in English.

The French words stand where they are said and are the source; this is their catalog, clause by clause.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CLAUSES: Mapping[str, str] = MappingProxyType(
    {
        # drivers/link/ble
        "aucun adaptateur sur la borne": "no adapter on the cart",
        "éteint sur la borne": "switched off on the cart",
        "Prévenez le support.": "Call the support.",
        "ne répond pas, nouvel essai en cours. Si cela dure, redémarrez la borne.": (
            "does not answer, trying again. If this goes on, restart the cart."
        ),
        "ne répond pas. Approchez-le et recommencez la mesure.": "does not answer. Bring it nearer and measure again.",
        "se déconnecte sans rien envoyer. Recommencez la mesure.": "hangs up without a word. Measure again.",
        "appareil non reconnu": "not a device that the cart knows",
        "a oublié la borne : appairez-le de nouveau.": "has forgotten the cart: pair it again.",
        "refuse une borne inconnue : appairez-le.": "refuses a cart that it does not know: pair it.",
        "a changé depuis l'appairage : appairez-le de nouveau.": "has changed since it was paired: pair it again.",
        "se présente comme un clavier : refusé": "says that it is a keyboard: refused",
        "envoie des données illisibles": "sends what cannot be read",
        "L'appareil n'a pas terminé l'appairage": "the device did not finish pairing",
        "L'appareil a refusé le code": "the device refused the digits",
        "recommencez avec les chiffres qu'il affichera alors": "try again with the digits that it shows then",
        "Aucun appareil de ce nom à proximité": "no such device nearby",
        "allumez-le ou mettez-le en mode appairage, près de la borne": "switch it on or into pairing mode, near the cart",
        "L'appareil ne répond pas": "the device does not answer",
        "approchez-le, réveillez-le et recommencez": "bring it nearer, wake it up and try again",
        "La liaison est coupée": "the connection was cut",
        "approchez l'appareil et recommencez": "bring the device nearer and try again",
        "approchez-le et recommencez": "bring it nearer and try again",
        "Le Bluetooth ne répond pas": "Bluetooth does not answer",
        "attendez une minute ; si cela dure, redémarrez la borne": "wait a minute; if this goes on, restart the cart",
        # serial lines
        "envoie des données sans arrêt": "sends without end",
        "lit des codes sans arrêt": "reads codes without end",
        "Débranchez-le et rebranchez-le.": "Unplug it and plug it in again.",
        "n'écoute pas": "does not listen",
        "Éteignez-le et rallumez-le.": "Switch it off and on again.",
        "liaison coupée avec le serveur série": "cut off from the serial server",
        "serveur série injoignable": "the serial server cannot be reached",
        "Vérifiez qu'il est allumé et relié au réseau.": "Check that it is on and connected to the network.",
        "liaison coupée": "cut off",
        "Rebranchez le câble.": "Plug the cable in again.",
        "accès refusé au port série": "access to the serial port is refused",
        "Prévenez le support : le compte de la borne doit être du groupe dialout.": (
            "Call the support: the cart's account has to be in the group dialout."
        ),
        "port série occupé par un autre programme": "another program has the serial port",
        "port série introuvable": "the serial port is not there",
        "Vérifiez le câble.": "Check the cable.",
        "n'envoie rien. Vérifiez qu'il est allumé.": "sends nothing. Check that it is on.",
        "rien de lisible. Vérifiez le modèle et les réglages de la ligne": (
            "nothing that can be read. Check the model and the settings of the line"
        ),
        # the recorder's folder
        "dossier des enregistrements introuvable": "the folder of the recordings is not there",
        "un enregistrement ne peut pas être lu": "a recording cannot be read",
        "un enregistrement reçu ne peut pas être rangé": "a recording that was taken in cannot be put away",
        # what an admin does
        "Un autre appareil est en cours": "another device is under way",
        "attendez qu'il ait fini": "wait until it is done",
        "Le Bluetooth est désactivé sur cette borne": "Bluetooth is switched off in the settings of this cart",
        "prévenez le support": "call the support",
        "Défaut de la borne. Recommencez, puis prévenez le support.": (
            "A defect of the cart. Try again, then call the support."
        ),
        "Tapez les six chiffres que l'appareil affiche.": "Type the six digits that the device shows.",
        "Personne n'a tapé le code": "nobody typed the digits",
        "Aucun code n'est attendu": "no digits are expected",
        "recommencez l'appairage": "begin pairing again",
        "Le code a six chiffres": "there are six digits",
        "lisez-le sur l'appareil": "read them from the device",
        " : ajouté.": ": on the list.",
        " : répond.": ": answers.",
        " Pile : ": " Battery: ",
        "Appairage retiré. L'appareil reste inscrit dans les réglages de la borne.": (
            "Its bond is gone. The device is still named in the settings of the cart."
        ),
        "Appareil oublié.": "Off the list.",
        "recommencez": "try again",
        # dialogues
        "ne reconnaît plus la borne. Associez-la de nouveau avec le code qu'elle affiche.": (
            "does not know the cart any more. Register it again with the code that it shows."
        ),
        "ne répond pas à la borne. Éteignez-la, rallumez-la et recommencez.": (
            "does not answer the cart. Switch it off and on, and try again."
        ),
        "le code d'utilisateur enregistré n'est pas valable. Associez la balance de nouveau.": (
            "the user code on record is not valid. Register the scale again."
        ),
        "ne répond pas quand la borne demande ses mesures": "does not answer when the cart asks for its readings",
        "n'a pas transmis toutes ses mesures": "did not hand over all its readings",
        "refuse de transmettre ses mesures": "refuses to hand over its readings",
        "Éteignez-le, rallumez-le et recommencez.": "Switch it off and on, and try again.",
    }
)

_LONGEST_FIRST = sorted(CLAUSES, key=len, reverse=True)


def english(line: str) -> str:
    """``line`` with every clause that the catalog has in English; the device's label stays as it is."""
    for french in _LONGEST_FIRST:
        line = line.replace(french, CLAUSES[french])
    return line
