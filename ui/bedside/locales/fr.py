"""Every word that the bedside screen shows, in French, and the grammar that goes with it (plurals, ages, dates)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Name, Quality
from ui.bedside.locales.fr_answers import FrenchAnswers
from ui.bedside.locales.fr_consent import FrenchConsent
from ui.bedside.locales.fr_devices import FrenchDevices
from ui.bedside.locales.fr_diary import FrenchDiary
from ui.bedside.locales.fr_entrance import FrenchEntrance
from ui.bedside.locales.fr_opinion import FrenchOpinion
from ui.bedside.locales.fr_paper import FrenchPaper
from ui.bedside.locales.fr_photo import FrenchPhoto
from ui.bedside.locales.fr_record import FrenchRecord
from ui.bedside.locales.fr_relay import FrenchRelay
from ui.bedside.locales.fr_settings import FrenchSettings
from ui.bedside.locales.fr_staff import FrenchStaff
from ui.bedside.locales.fr_standing import FrenchStanding
from ui.bedside.locales.fr_stills import FrenchStills
from ui.bedside.locales.fr_typed import FrenchTyped
from ui.bedside.locales.fr_visitor import FrenchVisitor
from ui.bedside.locales.fr_whose import FrenchWhose
from ui.bedside.locales.fr_windows import FrenchWindows


class French(
    FrenchAnswers,
    FrenchConsent,
    FrenchDevices,
    FrenchDiary,
    FrenchEntrance,
    FrenchOpinion,
    FrenchPhoto,
    FrenchRecord,
    FrenchRelay,
    FrenchSettings,
    FrenchStaff,
    FrenchPaper,
    FrenchStills,
    FrenchStanding,
    FrenchTyped,
    FrenchVisitor,
    FrenchWhose,
    FrenchWindows,
):
    """Names are what the words are for. Texts with ``{}`` are templates."""

    # --- the frame
    demonstration = "DÉMONSTRATION - données fictives"
    leave_demonstration = "F10 ou Ctrl+C : quitter la démo"
    starting = "Le chariot démarre…"
    restarting = "Le chariot redémarre… Les valeurs affichées datent d'avant {clock}."
    not_now = "Le chariot redémarre : réessayez dans un instant."
    not_confirmed = "Sans réponse du chariot : vérifiez à l'écran, puis recommencez si besoin."
    other_version = "L'écran et le chariot n'ont pas la même version : redémarrez le chariot."
    choose_first = "Choisissez d'abord un résident."
    old = "valeur ancienne"
    bar: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"home": "ACCUEIL", "vitals": "CONSTANTES", "ecg": "ECG", "photo": "PHOTO", "call": "APPEL"}
    )
    in_call = "● Appel en cours"
    at_the_door = "● Un spécialiste attend"
    nothing_waits = "Rien à envoyer"

    # --- who
    nobody = "Aucun résident choisi"
    nobody_hint = "Touchez la chambre du résident. Sans résident, une mesure n'est à personne."
    used = "utilisé : {}"
    room = "Ch. {}"
    no_room = "Chambre non renseignée"
    no_birth_date = "date de naissance non renseignée"
    identity: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "provisoire": "Identité provisoire",
            "recuperee": "INS récupérée",
            "validee": "Identité validée",
            "qualifiee": "INS qualifiée",
        }
    )
    no_identity = "Statut d'identité non renseigné"
    sex: ClassVar[Mapping[str, str]] = MappingProxyType({"F": "Femme", "M": "Homme"})
    no_sex = "Sexe non renseigné"
    allergies = "Allergies : "
    allergies_unknown = "Allergies : non renseignées"
    allergies_none = "Aucune allergie connue"
    see_all = "{} - toucher pour tout lire"
    close = "FERMER"
    details_title = "Identité et allergies en entier"

    # --- choosing
    choose_title = "Qui est devant vous ?"
    everyone = "Tous"
    floor = "Étage {}"
    homonym = "⚠ HOMONYME"
    no_residents = "La liste des résidents est vide : elle se charge avec « telecart residents import »."
    release = "QUITTER CE RÉSIDENT"
    ask_her = "« Dites-moi votre nom et votre date de naissance »"
    attest = "Si la personne ne peut pas répondre : la chambre, et un second repère que vous attestez."
    it_is: ClassVar[Mapping[str, str]] = MappingProxyType({"F": "C'EST ELLE", "M": "C'EST LUI"})
    it_is_them = "C'EST CETTE PERSONNE"
    not_them = "NON, CHANGER"

    # --- home
    home_vitals = "CONSTANTES"
    home_ecg = "ECG"
    home_photo = "PHOTO"
    home_call = "APPEL ET AVIS"
    home_handover = "RELÈVE"
    home_sound = "ÉCOUTER"
    home_appliances = "APPAREILS"
    home_change = "CHANGER DE RÉSIDENT"
    nothing_yet = "Rien pour l'instant"
    call_hint = "Vidéo, téléphone, avis"
    change_hint = "Toute mesure est déjà gardée"

    # --- vitals
    tiles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "blood_pressure": "PA",
            "spo2": "SpO₂",
            "pulse": "Pouls",
            "temperature": "Température",
            "respiration": "Respiration",
            "weight": "Poids",
            "body_fat": "Masse grasse",
            "glucose": "Glycémie",
            "consciousness": "Conscience",
            "oxygen": "Oxygène",
            "pain": "Douleur",
        }
    )
    names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Name.MEAN_ARTERIAL_PRESSURE: "PA moyenne",
            Name.HEIGHT: "Taille",
            Name.BMI: "IMC",
            Name.BODY_FAT: "Masse grasse",
            Name.MUSCLE_PERCENTAGE: "Part de muscle",
            Name.MUSCLE_MASS: "Masse musculaire",
            Name.BODY_WATER_MASS: "Eau",
            Name.FAT_FREE_MASS: "Masse sans graisse",
        }
    )
    beside = "{} {} {}"
    expected = "— attendu"
    expected_hint: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "blood_pressure": "Lancez le brassard, ou touchez pour taper.",
            "spo2": "Oxymètre au doigt, ou touchez.",
            "pulse": "Vient avec l'un des deux, ou touchez.",
            "temperature": "Thermomètre, ou touchez pour taper.",
            "respiration": "Comptez, puis touchez.",
            "weight": "Faites monter le résident sur la balance.",
            "body_fat": "Vient avec la balance.",
            "glucose": "Faites la mesure au lecteur : elle vient seule.",
            "consciousness": "Touchez A, C, V, P ou U.",
            "oxygen": "Touchez AIR, ou O₂ et son débit.",
            "pain": "Touchez pour la coter.",
        }
    )
    running = "EN COURS"
    not_saved = "Pas encore gardé"
    doubtful = "DOUTEUX"
    doubt_sign = "┄ douteux"
    saved_before = "Avant : {}, {}"
    came = "reçu {}"
    measured_at = "mesuré le {}, heure de l'appareil"
    undo = "ANNULER"
    undo_with = "{} (et {})"
    undo_value = "ANNULER {}"
    undo_nothing = "Rien à annuler"
    undo_asked = "Mesure annulée : elle reste tracée comme saisie par erreur."
    finish = "ENREGISTRER ET SUIVANT"
    finished = "Tournée enregistrée."
    kept_on_arrival = "Chaque mesure est gardée dès son arrivée."
    no_devices = "Aucun appareil connecté"
    device_here = "● {}"
    device_gone = "○ {} (non connecté)"

    # --- ecg
    ecg_title = "ECG"
    ecg_expected_hint = "Lancez l'enregistrement sur l'électrocardiographe : le tracé vient seul."
    ecg_lead = "Dérivation {}"
    ecg_caption = "Contrôle du signal - ne pas interpréter"
    ecg_scale = "{seconds} s en largeur · repère 1 mV à gauche"
    ecg_no_trace = "Le tracé de cet enregistrement n'est pas encore là."
    ecg_no_scale = "{seconds} s en largeur · amplitude SANS échelle : l'appareil ne la donne pas"
    ecg_beginning = "début d'un tracé de {seconds} s · {rest}"
    strip_start = "ENREGISTRER 10 s"
    strip_stop = "ARRÊTER · {}"
    strip_ending = "FIN DU TRACÉ · {}"
    strip_status = "● Tracé enregistré : {}"
    strip_caption = "Tracé en direct, contrôle du signal - ne pas interpréter, gardé à mesure"
    live_pleth = "SpO₂"
    live_respiration = "Resp"
    ecg_live = "▸ TRACÉ EN DIRECT"
    ecg_live_caption = "Tracé en direct, contrôle du signal - ne pas interpréter, n'est pas gardé"
    ecg_live_no_scale = "{seconds} s en largeur · amplitude SANS échelle : cet appareil ne la donne pas"
    ecg_live_scale = (
        "{seconds} s en largeur · repère 1 mV à gauche · ligne de base recentrée · un vide est un signal perdu"
    )

    # --- sound
    sound_title = "Stéthoscope"
    sound_take = "ENREGISTRER UN SON ({} s)"
    sound_running = "ENREGISTREMENT…  {} s"
    sound_hint = "Posez le pavillon, gardez le silence, puis touchez ENREGISTRER."
    sound_asked = "Le son s'enregistre : ne bougez pas le pavillon."
    sound_taken_title = "Sons enregistrés"
    sound_none = "Aucun son pour l'instant"
    sound_sources: ClassVar[Mapping[str, str]] = MappingProxyType({"stethoscope": "Stéthoscope", "voice": "Voix"})
    sound_title_of = "{} · {} s"

    # --- bar codes
    scan_unknown = "Code lu : il ne désigne aucun résident de la liste. Choisissez la chambre."
    scan_same = "Code lu : c'est le résident déjà à l'écran."

    # --- call
    call_title = "Téléconsultation"
    consent_no = "[   ]  "
    consent_yes = "[ ✓ ]  "
    consent_first = "Touchez d'abord l'accord du résident."
    call_start = "APPELER"
    call_admit = "ADMETTRE"
    call_end = "RACCROCHER"
    call_opening = "Ouverture de la salle d'attente…"
    call_lobby = "Salle d'attente ouverte : donnez cette adresse au spécialiste."
    call_waiting = "Un spécialiste est à la porte."
    call_admitted = "Spécialiste admis : la liaison s'établit…"
    call_connected = "En communication"
    call_ended = "L'appel est terminé."
    call_failed = "L'appel n'a pas abouti."
    call_address = "Adresse"
    call_pin = "Code"
    call_frames = "images envoyées"
    call_numbers = "envois de constantes"

    # --- outbox
    outbox_title = "Ce qui part du chariot"
    outbox_oldest = "Le plus ancien attend depuis {}."
    outbox_empty = "Rien n'attend."
    outbox_last = "Dernière réception prouvée {}."
    outbox_never = "Aucune réception prouvée pour l'instant."
    outbox_person = "À corriger : appelez le référent du chariot, rien n'est perdu."
    outbox_withdrawn = "Annulés et retirés de l'envoi : {}"
    outbox_unassigned = "Mesures sans résident"
    outbox_quarantined = "Trames illisibles gardées"
    last_proof = "Reçu {}"

    delivery: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            State.KEPT: "Gardé ici",
            State.PENDING: "En attente",
            State.SENT: "Envoyé",
            State.RECEIVED: "Reçu",
            State.NEEDS_PERSON: "À corriger",
            State.WITHDRAWN: "Retiré",
        }
    )
    units: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "mm[Hg]": "mmHg",
            "Cel": "°C",
            "[degF]": "°F",
            "[lb_av]": "lb",
            "[in_i]": "in",
            "kg/m2": "kg/m²",
            "Ohm": "Ω",
            "{ACVPU}": "ACVPU",
            "L/min": "l/min",
        }
    )
    quality: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Quality.NAN: "mesure impossible",
            Quality.NRES: "hors de la résolution de l'appareil",
            Quality.POSITIVE_INFINITY: "au-dessus de l'échelle",
            Quality.NEGATIVE_INFINITY: "au-dessous de l'échelle",
            Quality.RESERVED: "valeur réservée par l'appareil",
            Quality.MISSING: "non mesuré",
            Quality.IMPLAUSIBLE: "valeur invraisemblable",
            Quality.BODY_MOVEMENT: "mouvement pendant la mesure",
            Quality.CUFF_LOOSE: "brassard trop lâche",
            Quality.IRREGULAR_PULSE: "pouls irrégulier selon l'appareil",
            Quality.PULSE_OUT_OF_RANGE: "pouls hors limites de l'appareil",
            Quality.IMPROPER_POSITION: "mauvaise position",
            Quality.SENSOR_OFF: "capteur débranché",
            Quality.LOW_PERFUSION: "signal faible",
            Quality.LOW_SIGNAL: "signal trop faible",
            Quality.SEARCHING: "recherche du pouls",
            Quality.ARTIFACT: "signal perturbé",
            Quality.ABOVE_RANGE: "au-dessus de l'étendue de l'appareil",
            Quality.BELOW_RANGE: "au-dessous de l'étendue de l'appareil",
            Quality.SAMPLE_INSUFFICIENT: "goutte insuffisante",
            Quality.STRIP_ERROR: "bandelette à changer",
            Quality.AMBIENT_TEMPERATURE: "appareil trop chaud ou trop froid",
            Quality.INTERRUPTED: "mesure interrompue",
            Quality.DEVICE_FAULT: "défaut de l'appareil",
            Quality.BATTERY_LOW: "pile de l'appareil faible",
            Quality.DEVICE_CLOCK_UNSET: "horloge de l'appareil non réglée",
            Quality.UNAUTHENTICATED: "appareil inconnu de la borne",
            Quality.FROM_STORAGE: "relevé de la mémoire de l'appareil",
            Quality.DEMONSTRATION: "démonstration de l'appareil",
            Quality.TEST_DATA: "donnée d'essai de l'appareil",
            Quality.TYPED: "saisi à la main",
            Quality.CONFIRMED: "inhabituel, confirmé",
        }
    )
    faults: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Reason.NO_RESIDENT: choose_first,
            Reason.RESIDENT_CHANGED: "Le résident a changé entre-temps : vérifiez qui est à l'écran.",
            Reason.NOT_ALLOWED: "Cette action n'est pas permise ici.",
            Reason.LINK_LOST: not_confirmed,
            Reason.LINK_REFUSED: not_now,
            Reason.STORE_IO: "Le chariot n'a pas pu écrire : rien n'a été gardé, appelez le référent.",
            Reason.STORE_FULL: "Le disque est plein : rien n'a été gardé, appelez le référent.",
            Reason.STORE_DAMAGED: "Le carnet du chariot est endommagé : appelez le référent.",
        }
    )
    refused = "Le chariot a refusé : {}"

    def fault(self, fault: Fault) -> str:
        """Our words for what the cart told by its reason; the cart's own where only it knows what happened."""
        if words := self.faults.get(fault.reason):
            return words
        if fault.reason in {Reason.CALL, Reason.CAMERA, Reason.TRACE}:
            return f"{fault.what} : {fault.do}." if fault.do else f"{fault.what}."
        return self.refused.format(fault.what)

    def of(self, french: str, english: str) -> str:  # noqa: ARG002
        """What the cart said, in this language."""
        return french

    def ago(self, seconds: float) -> str:
        """``il y a 2 min``; under a minute ``à l'instant``, so that nothing moves without meaning."""
        return "à l'instant" if seconds < 60 else f"il y a {self.lasting(seconds)}"

    def lasting(self, seconds: float) -> str:
        minutes = int(seconds // 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        if days:
            return f"{days} j {hours:02} h" if hours else f"{days} j"
        if hours:
            return f"{hours} h {minutes:02}"
        return f"{minutes} min" if minutes else "moins d'une minute"

    def date(self, date: dt.date) -> str:
        return f"{date:%d/%m/%Y}"

    def moment(self, text: str) -> str:
        """``15/06/2024 à 17:17`` of an ISO 8601 time; any other text as it is."""
        try:
            return f"{dt.datetime.fromisoformat(text):%d/%m/%Y à %H:%M}"
        except ValueError:
            return text

    def born(self, sex: str, date: str, years: int | None) -> str:
        verb = {"F": "Née le", "M": "Né le"}.get(sex, "Né(e) le")
        age = "" if years is None else f" ({years} an{'s' if years > 1 else ''})"
        return f"{verb} {date}{age}"

    def number(self, decimal: str) -> str:
        return decimal.replace(".", ",")

    def to_send(self, count: int) -> str:
        return f"↑ {count} à envoyer"

    def unassigned(self, count: int) -> str:
        return f"{count} mesure{'s' if count > 1 else ''} sans résident"

    def to_correct(self, count: int) -> str:
        return f"{count} à corriger"

    def kept_seconds(self, count: int) -> str:
        return f"{count} s gardée{'s' if count > 1 else ''}"

    def photos(self, count: int) -> str:
        return f"{count} photo{'s' if count > 1 else ''}"

    def others(self, count: int) -> str:
        return f"et {count} autre{'s' if count > 1 else ''}"

    def sounds(self, count: int) -> str:
        return f"{count} son{'s' if count > 1 else ''}"

    def appliances(self, count: int) -> str:
        return f"{count} connecté{'s' if count > 1 else ''}" if count else "Aucun connecté"

    def undone(self, count: int) -> str:
        return f"{count} annulée{'s' if count > 1 else ''}"
