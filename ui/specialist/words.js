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
  used: "Ce lien a déjà servi. Demandez un nouveau lien au soignant.",
  closed: "Aucun appel n’est ouvert en ce moment. Appelez le soignant ou réessayez dans un instant.",
  nonsense: "La borne n’a pas compris la demande de ce navigateur. Rechargez la page ou essayez un autre navigateur.",
};
const DELIVERY = { kept: "Gardé ici", pending: "En attente", sent: "Envoyé", received: "Reçu", needs_person: "À corriger" };
const KINDS = { blood_pressure: "Pression artérielle", spo2: "Oxymétrie", ecg: "ECG", photo: "Photo" };
const VIEWS = { overview: "vue large", close_up: "de près", dermoscopy: "dermatoscope" };
const NAMES = {
  systolic: "systolique", diastolic: "diastolique", mean_arterial_pressure: "moyenne", pulse_rate: "pouls", spo2: "SpO₂",
  perfusion_index: "amplitude du pouls",
};
const UNITS = { "mm[Hg]": "mmHg", "Cel": "°C" };
const QUALITY = {
  nan: "mesure impossible", nres: "hors de la résolution de l’appareil", positive_infinity: "au-dessus de l’échelle",
  negative_infinity: "au-dessous de l’échelle", reserved: "valeur réservée par l’appareil", missing: "absente",
  implausible: "valeur invraisemblable", body_movement: "mouvement", cuff_loose: "brassard lâche",
  irregular_pulse: "pouls irrégulier", pulse_out_of_range: "pouls hors limites de l’appareil",
  improper_position: "mauvaise position", sensor_off: "capteur retiré", low_perfusion: "perfusion faible", artifact: "artefact",
  device_clock_unset: "horloge de l’appareil non réglée", from_storage: "relevé de la mémoire de l’appareil",
  demonstration: "démonstration de l’appareil", test_data: "donnée d’essai de l’appareil",
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
