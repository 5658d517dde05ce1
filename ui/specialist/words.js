"use strict";
// The words of the page, and the few functions that every part of it uses. Loaded first.

const WORDS = {
  idle: "Prêt à rejoindre", joining: "Connexion à la borne", waiting: "Salle d’attente : le soignant va vous admettre", connected: "En communication",
  interrupted: "Liaison interrompue, valeurs figées", ended: "Appel terminé", refused: "Entrée refusée",
};
const REFUSALS = {
  token: "Ce lien n’est pas valable. Vérifiez qu’il a été copié en entier, ou demandez un nouveau lien au soignant.",
  pin: "Ce code n’est pas le bon. Relisez-le sur l’écran de la borne ou demandez-le au soignant.",
  locked: "Trop de codes faux ont été essayés. Demandez au soignant d’ouvrir un nouvel appel.",
  taken: "Quelqu’un attend déjà avec ce lien. Si c’est vous dans une autre page, fermez-la ; sinon prévenez le soignant.",
  proof: "Ce lien n’est pas entier, ou quelqu’un a changé la demande en chemin. Demandez un nouveau lien au soignant.",
  sign_in: "Identifiez-vous pour entrer.",
  no_rpps: "Votre identification ne donne pas de numéro RPPS : ce lien est pour un professionnel de santé.",
  not_the_cart: "La réponse n’a pas été signée par la borne de ce lien. L’appel n’a pas été établi : prévenez le soignant, et n’utilisez plus ce lien.",
  origin: "Cette demande vient d’une autre page. Ouvrez le lien du soignant.",
  size: "La demande de ce navigateur est trop longue. Rechargez la page ou essayez un autre navigateur.",
  used: "Ce lien a déjà servi. Demandez un nouveau lien au soignant.",
  closed: "Aucun appel n’est ouvert en ce moment. Appelez le soignant ou réessayez dans un instant.",
  nonsense: "La borne n’a pas compris la demande de ce navigateur. Rechargez la page ou essayez un autre navigateur.",
};
const RELAY_REFUSED = "Le relais du réseau a refusé l’entrée : ses droits, valables dix minutes, ont expiré. Rejoignez de nouveau.";
const NOT_THROUGH = "La liaison n’a pas pu s’établir entre la borne et votre navigateur. Votre réseau la bloque peut-être.";
const DELIVERY = { kept: "Gardé ici", pending: "En attente", sent: "Envoyé", received: "Reçu", needs_person: "À corriger", withdrawn: "Retiré" };
const KINDS = {
  blood_pressure: "Pression artérielle", spo2: "Oxymétrie", temperature: "Température", heart_rate: "Fréquence cardiaque",
  opinion: "Demande d'avis", respiration: "Respiration", weight: "Poids", body_composition: "Composition corporelle", glucose: "Glycémie",
  consciousness: "Conscience", oxygen: "Air ou oxygène", pain: "Douleur",
  ecg: "ECG", photo: "Photo", sound: "Son",
};
const VIEWS = { overview: "vue large", close_up: "de près", dermoscopy: "dermatoscope", otoscopy: "otoscope" };
const SOURCES = { stethoscope: "stéthoscope", voice: "voix" };
const NAMES = {
  systolic: "systolique", diastolic: "diastolique", mean_arterial_pressure: "moyenne", pulse_rate: "pouls",
  heart_rate: "fréquence cardiaque", rr_interval: "intervalle R-R", spo2: "SpO₂", perfusion_index: "amplitude du pouls",
  temperature: "température", respiratory_rate: "fréquence respiratoire", weight: "poids", height: "taille", bmi: "IMC",
  body_fat: "masse grasse", glucose: "glycémie",
  consciousness: "ACVPU", oxygen_flow: "débit d’oxygène", pain: "dite par le résident, sur 10 (EN)", algoplus: "Algoplus, sur 5",
  algoplus_face: "visage", algoplus_look: "regard", algoplus_complaints: "plaintes orales", algoplus_body: "corps",
  algoplus_behaviour: "comportements",
  spo2_fast: "SpO₂, moyenne courte", spo2_slow: "SpO₂, moyenne longue", spo2_extended: "SpO₂, moyenne étendue",
  spo2_display: "SpO₂, valeur affichée", spo2_extended_display: "SpO₂, moyenne étendue affichée", spo2_beat: "SpO₂, battement par battement",
  pulse_rate_fast: "pouls, moyenne courte", pulse_rate_slow: "pouls, moyenne longue", pulse_rate_extended: "pouls, moyenne étendue",
  pulse_rate_display: "pouls, valeur affichée", pulse_rate_extended_display: "pouls, moyenne étendue affichée",
  energy_expended: "énergie dépensée", carboxyhemoglobin: "carboxyhémoglobine", methemoglobin: "méthémoglobine", hemoglobin: "hémoglobine",
  pleth_variability_index: "variabilité de l’onde de pouls", basal_metabolism: "métabolisme de base", muscle_percentage: "part de muscle",
  muscle_mass: "masse musculaire", fat_free_mass: "masse sans graisse", soft_lean_mass: "masse maigre", body_water_mass: "eau",
  impedance: "impédance",
};
const UNITS = { "mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F", "[lb_av]": "lb", "[in_i]": "in", "kg/m2": "kg/m²", "Ohm": "Ω", "L/min": "l/min", "{ACVPU}": "", "{score}": "" };
const QUALITY = {
  nan: "mesure impossible", nres: "hors de la résolution de l’appareil", positive_infinity: "au-dessus de l’échelle",
  negative_infinity: "au-dessous de l’échelle", reserved: "valeur réservée par l’appareil", missing: "absente",
  implausible: "valeur invraisemblable", body_movement: "mouvement", cuff_loose: "brassard lâche",
  irregular_pulse: "pouls irrégulier", pulse_out_of_range: "pouls hors limites de l’appareil",
  improper_position: "mauvaise position", sensor_off: "capteur retiré", low_perfusion: "perfusion faible", artifact: "artefact",
  low_signal: "signal trop faible", searching: "recherche du pouls", above_range: "au-dessus de l’étendue de l’appareil",
  below_range: "au-dessous de l’étendue de l’appareil", sample_insufficient: "goutte insuffisante", strip_error: "défaut de la bandelette",
  ambient_temperature: "appareil trop chaud ou trop froid", interrupted: "mesure interrompue", device_fault: "défaut de l’appareil",
  battery_low: "pile de l’appareil faible", unauthenticated: "appareil inconnu de la borne",
  device_clock_unset: "horloge de l’appareil non réglée", from_storage: "relevé de la mémoire de l’appareil",
  demonstration: "démonstration de l’appareil", test_data: "donnée d’essai de l’appareil",
  typed: "saisi à la main, non mesuré par la borne", confirmed: "inhabituel, confirmé par qui l’a saisi",
};
// what leaves the number itself undoubted; every other quality, a new one too, puts it in doubt
const UNDOUBTED = ["irregular_pulse", "battery_low", "device_clock_unset", "from_storage", "typed", "confirmed"];
const AGREED = {
  person: "Accord {of}", assisted: "Accord {of}, avec l’aide de :", representative: "Autorisation du représentant légal :",
  consulted: "Ne peut pas se prononcer ; consultés :", emergency: "Urgence : accord impossible à recueillir",
};
const IDENTITY = {
  provisoire: "Identité provisoire", recuperee: "Identité récupérée", validee: "Identité validée", qualifiee: "Identité qualifiée",
};

const $ = (id) => document.getElementById(id);
const seconds = () => performance.now() / 1000;
const wait = (duration) => new Promise((resolve) => setTimeout(resolve, duration * 1000));
// control characters and those that turn the reading direction
const plain = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== null && part !== "").map((part) => (part instanceof Node ? part : plain(part))));
  return made;
}
