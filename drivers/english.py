"""What is said of devices at the bedside, in English: for the command line, and for a screen in English.

The French words stand where they are said and are the source; this is their catalog, clause by clause. What a device is
called in English stands on its row (drivers/models).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers import catalog

CLAUSES: Mapping[str, str] = MappingProxyType(
    {
        # edge/in_use: a touch while the cart is being updated
        "Le chariot se met à jour": "The cart is being updated",
        "il revient dans une minute": "it is back in a minute",
        # edge/door/desk: a consent that was taken back
        "Accord retiré : l'appel est terminé.": "Agreement withdrawn: the call is over.",
        # edge/door/specialist_desk: what the doctor of a call does
        "Le médecin a pris une photo : elle est enregistrée.": "The doctor took a photo: it is saved.",
        "Le médecin a écrit une note pour le compte rendu.": "The doctor wrote a note for the report.",
        "Le médecin ne montre plus rien.": "The doctor points at nothing any more.",
        "Le médecin montre : ": "The doctor points at: ",
        "en haut": "top",
        "au milieu": "middle",
        "en bas": "bottom",
        "à gauche": "left",
        "au centre": "centre",
        "à droite": "right",
        " de l'image.": " of the picture.",
        " Image figée.": " Picture frozen.",
        # edge/door/appointment_desk: what a doctor in the waiting room says
        "Le médecin annonce ": "The doctor announces a delay of ",
        " min de retard.": " min.",
        # edge/mains/identity and edge/acquire/recorder: codes that were read
        "Code INS refusé": "INS code refused",
        "Choisissez dans la liste.": "Choose from the list.",
        "date de naissance": "date of birth",
        "lieu de naissance": "place of birth",
        "prénoms": "given names",
        # edge/acquire/recorder: what the residents' record changed
        "Le dossier annonce la sortie ou le décès de ce résident.": (
            "The record says that this resident was discharged or has died."
        ),
        "Vérifiez avant de continuer.": "Check before you go on.",
        "Le dossier annule la sortie de ce résident.": "The record cancels the discharge of this resident.",
        "Le dossier a corrigé l'identité de ce résident.": "The record corrected the identity of this resident.",
        "Relisez le bandeau, vérifiez qui est devant vous.": "Read the banner again, check who is in front of you.",
        "Le dossier de ce résident a changé.": "The record of this resident changed.",
        "Relisez le bandeau.": "Read the banner again.",
        "Code lu : plusieurs résidents ont ces traits.": "Code read: several residents have these traits.",
        "Code lu : ses traits ne sont pas ceux du résident de ce matricule.": (
            "Code read: its traits are not those of the resident of this number."
        ),
        "Faites vérifier son identité.": "Have the identity checked.",
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
        # drivers/link/badge_pcsc and badge_keyboard, edge/domain/staff
        "Badge sans numéro lisible : présentez-le sur le lecteur sans contact, ou tapez votre numéro.": (
            "No number in this badge: hold it on the contactless reader, or type your number."
        ),
        "Ce badge change de numéro à chaque lecture : tapez votre numéro, et demandez un autre badge.": (
            "This badge has another number each time: type your number, and ask for another badge."
        ),
        "Badge non lu : présentez-le de nouveau, à plat sur le lecteur.": "Badge not read: hold it flat on the reader again.",
        "Badge illisible : présentez-le de nouveau, ou tapez votre numéro.": (
            "Badge not read: present it again, or type your number."
        ),
        "ne répond pas : le service des lecteurs (pcscd) est arrêté. Tapez votre numéro.": (
            "does not answer: the service of readers (pcscd) is stopped. Type your number."
        ),
        "n'est pas branché. Branchez-le, ou tapez votre numéro.": "is not plugged in. Plug it in, or type your number.",
        "n'est pas un lecteur qui tape : vérifiez les réglages du chariot. Tapez votre numéro.": (
            "is no reader that types: check the settings of the cart. Type your number."
        ),
        "est déjà pris par un autre programme. Tapez votre numéro.": "is held by another program. Type your number.",
        "n'est pas accessible : vérifiez les droits du lecteur. Tapez votre numéro.": (
            "cannot be opened: check the rights of the reader. Type your number."
        ),
        "tapez votre numéro": "type your number",
        "trop simple : pas de suite ni de chiffre répété": "too simple: no sequence and no repeated digit",
        "4 à 8 chiffres": "4 to 8 digits",
        "code de départ refusé : recommencez": "start code refused: try again",
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
        # who is on screen
        "Aucun résident choisi": "no resident is chosen",
        "choisissez le résident": "choose the resident",
        "Le résident a changé": "the resident has changed",
        "regardez l'écran et recommencez": "look at the screen and try again",
        # what became of a measurement
        "donnée illisible, gardée pour examen. Refaites la mesure.": (
            "what it sent cannot be read, and is kept to be looked at. Measure again."
        ),
        "mesure de démonstration ou de contrôle, refusée. Vérifiez le mode.": (
            "a reading of a demonstration or a control, refused. Check its mode."
        ),
        "défaut de la borne. Si la mesure n'est pas affichée, refaites-la.": (
            "a defect of the cart. If the reading is not on the screen, measure again."
        ),
        "cette mesure était déjà enregistrée.": "this reading was saved before.",
        "mesure gardée SANS résident. Choisissez le résident et refaites-la.": (
            "reading kept WITHOUT a resident. Choose the resident and measure again."
        ),
        "mesure gardée SANS résident : l'heure de l'appareil est douteuse. Vérifiez-la, refaites la mesure.": (
            "reading kept WITHOUT a resident: the device's clock is in doubt. Check it, and measure again."
        ),
        "NON ENREGISTRÉ : le disque refuse. Notez la mesure sur papier ; nouvel essai en cours.": (
            "NOT SAVED: the disk refuses. Write the reading down on paper; trying again."
        ),
        "NON ENREGISTRÉ : la mémoire de la borne est abîmée. Notez sur papier, prévenez le support.": (
            "NOT SAVED: the cart's memory is damaged. Write it down on paper, and call the support."
        ),
        "NON ENREGISTRÉ : le disque est plein. Notez sur papier, prévenez le support ; nouvel essai en cours.": (
            "NOT SAVED: the disk is full. Write it down on paper, and call the support; trying again."
        ),
        "Photo ou son non enregistré : le disque est presque plein. Prévenez le support.": (
            "Picture or sound not saved: the disk is almost full. Call the support."
        ),
        # what stands until it is put right
        "Mémoire abîmée : rien n'est enregistré. Notez sur papier, prévenez le support.": (
            "Memory damaged: nothing is saved. Write on paper, and call the support."
        ),
        "Le disque refuse : rien n'est enregistré. Notez sur papier, prévenez le support.": (
            "The disk refuses: nothing is saved. Write on paper, and call the support."
        ),
        "Mémoire abîmée, disque plein : mesures encore enregistrées, sans photos. Prévenez le support tout de suite.": (
            "Memory damaged, disk full: readings are still saved, no pictures. Call the support at once."
        ),
        "Mise à jour faite sans copie de sécurité : disque trop plein. Prévenez le support.": (
            "Updated without a safety copy: the disk is too full. Call the support."
        ),
        "Disque plein : encore quelques mesures, sans photos. Prévenez le support tout de suite.": (
            "Disk full: a few more readings, no pictures. Call the support at once."
        ),
        "Disque presque plein : photos refusées, les mesures restent enregistrées. Prévenez le support.": (
            "Disk almost full: pictures refused, readings are still saved. Call the support."
        ),
        "Mémoire réparée : des mesures anciennes peuvent manquer. Prévenez le support.": (
            "Memory repaired: earlier readings may be missing. Call the support."
        ),
        "Des mesures enregistrées ont disparu. Vérifiez les dernières, prévenez le support.": (
            "Saved readings have vanished. Check the last ones, and call the support."
        ),
        "prévenez le support": "call the support",
        # the running ECG as it is recorded
        "tracé arrêté.": "recording stopped.",
        "tracé arrêté au bout de dix minutes. Recommencez si besoin.": (
            "recording stopped after ten minutes. Start again if need be."
        ),
        "tracé arrêté : des données ont manqué. Recommencez si besoin.": (
            "recording stopped: something was lost on the way. Start again if need be."
        ),
        "tracé arrêté : plus de signal. Vérifiez les électrodes.": "recording stopped: no signal. Check the electrodes.",
        "tracé arrêté : l'appareil a changé de réglage. Recommencez si besoin.": (
            "recording stopped: the device changed its settings. Start again if need be."
        ),
        "tracé arrêté : signal trop fort pour être gardé. Vérifiez les électrodes.": (
            "recording stopped: the signal is too strong to be kept. Check the electrodes."
        ),
        "tracé arrêté : le résident a changé. Il reste à celui d'avant.": (
            "recording stopped: the resident changed. It stays with the one before."
        ),
        "tracé arrêté : liaison perdue. Recommencez si besoin.": (
            "recording stopped: the connection was lost. Start again if need be."
        ),
        "tracé arrêté : le disque refuse depuis une minute. Nouvel essai en cours.": (
            "recording stopped: the disk has refused for a minute. Trying again."
        ),
        "tracé arrêté : défaut de la borne. Recommencez.": "recording stopped: a defect of the cart. Start again.",
        "tracé PAS ENCORE gardé : le disque refuse.": "recording NOT KEPT YET: the disk refuses.",
        "Tracé interrompu par un redémarrage de la borne : ce qui en était gardé est enregistré.": (
            "Recording cut short by a restart of the cart: what was kept of it is saved."
        ),
        "Gardé : ": "Kept: ",
        "Rien n'est gardé.": "Nothing is kept.",
        "Un tracé s'enregistre déjà": "A recording is under way",
        "arrêtez-le d'abord": "stop it first",
        "Le résident vient de changer": "The resident has just changed",
        "Le tracé vient de changer": "The trace has just changed",
        "Aucun tracé en direct": "No trace is running",
        "posez les électrodes et attendez le tracé": "put the electrodes on and wait for the trace",
        "Deux appareils donnent un tracé": "Two devices give a trace",
        "éteignez l'un des deux": "switch one of them off",
        "Ce tracé ne peut pas être gardé": "This trace cannot be kept",
        "utilisez l'électrocardiographe": "use the electrocardiograph",
        "Photo non prise : la caméra redémarre. Recommencez.": "Picture not taken: the camera restarts. Try again.",
        "Photo impossible : ": "No picture: ",
        "Photo refusée : le résident a changé. Reprenez-la.": "Picture refused: the resident changed. Take it again.",
        "Photo illisible : reprenez-la.": "The picture cannot be read: take it again.",
        "Son non enregistré : l'appareil redémarre. Recommencez.": "Sound not recorded: the device restarts. Try again.",
        "Son impossible : ": "No sound: ",
        "Son refusé : le résident a changé. Refaites l'enregistrement.": (
            "Sound refused: the resident changed. Record it again."
        ),
        "Son illisible : refaites l'enregistrement.": "The sound cannot be read: record it again.",
        # cameras and sound cards
        "aucune caméra n'est réglée sur cette borne": "no camera is named in the settings of this cart",
        "aucun dermatoscope n'est réglé sur cette borne": "no dermatoscope is named in the settings of this cart",
        "aucun otoscope n'est réglé sur cette borne": "no otoscope is named in the settings of this cart",
        "aucun stéthoscope n'est réglé sur cette borne": "no stethoscope is named in the settings of this cart",
        "aucun micro n'est réglé sur cette borne": "no microphone is named in the settings of this cart",
        "la caméra ne donne pas d'image, vérifiez son câble": "the camera gives no picture, check its cable",
        "la caméra a fait défaut, recommencez": "the camera failed, try again",
        "aucun son ne vient de l'appareil, vérifiez qu'il est allumé et branché": (
            "no sound comes from the device, check that it is on and plugged in"
        ),
        "l'appareil ne donne pas de son, vérifiez son câble": "the device gives no sound, check its cable",
        "l'enregistrement a fait défaut, recommencez": "the recording failed, try again",
    }
)

_LONGEST_FIRST: Final = sorted(CLAUSES, key=len, reverse=True)

_LABELS: Final = {model.label: model.label_en for model in catalog.MODELS} | {"Bluetooth": "Bluetooth"}
_LONGEST_LABEL_FIRST: Final = sorted(_LABELS, key=len, reverse=True)


@functools.lru_cache(maxsize=512)
def english(line: str) -> str:
    """``line`` with the label that it begins with and every clause in English; what is in no catalog stays as it is."""
    label, rest = _label(line)
    for french in _LONGEST_FIRST:
        rest = rest.replace(french, CLAUSES[french])
    return label + (f": {rest.removeprefix(' : ')}" if label and rest.startswith(" : ") else rest)


def _label(line: str) -> tuple[str, str]:
    """The English of what the line's device is called, and the rest of the line."""
    if line.startswith(tuple(CLAUSES)):
        return "", line
    for french in _LONGEST_LABEL_FIRST:
        if line == french or line.startswith(f"{french} "):
            return _LABELS[french], line.removeprefix(french)
    return "", line
