"use strict";
// The language of the page, and the few functions that every part of it uses. Loaded after words_fr.js and words_en.js, before all else.

const FACES = { fr: FRENCH, en: ENGLISH };
let language = "fr";
let LOCALE, WORDS, TITLES, REFUSALS, ASK_REFUSALS, DELIVERY, KINDS, VIEWS, SOURCES, REMARKS, PRIORS, NAMES, UNITS, QUALITY, AGREED, IDENTITY;

// what leaves the number itself undoubted; every other quality, a new one too, puts it in doubt
const UNDOUBTED = ["irregular_pulse", "battery_low", "device_clock_unset", "from_storage", "typed", "confirmed"];

const $ = (id) => document.getElementById(id);
const seconds = () => performance.now() / 1000;
const wait = (duration) => new Promise((resolve) => setTimeout(resolve, duration * 1000));
// control characters and those that turn the reading direction
const plain = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

/** The sentence `key` (of the table SAID, or "TABLE.key") with `values` in its places; what is no key is said as it is. */
function said(key, values = {}) {
  const [, table = "SAID", name = ""] = /^(?:([A-Z_]+)\.)?(\w+)$/.exec(key) ?? [];
  if (!Object.hasOwn(FACES[language][table] ?? {}, name)) return plain(key);
  return FACES[language][table][name].replace(/\{(\w+)\}/g, (_, place) => plain(values[place] ?? ""));
}

/** Says `key` in `node`, and again when the language changes. */
function put(node, key, values = {}) {
  node.dataset.say = key;
  node.dataset.values = JSON.stringify(values);
  node.textContent = said(key, values);
}

/** Writes `text` of somebody else's into `node`: in every language the same. */
function tell(node, text) {
  delete node.dataset.say;
  delete node.dataset.values;
  node.textContent = plain(text);
}

/** Writes `text` of somebody else's into `node`: in every language the same. */
function tell(node, text) {
  delete node.dataset.say;
  delete node.dataset.values;
  node.textContent = plain(text);
}

/** Writes `text` of somebody else's into `node`: in every language the same. */
function tell(node, text) {
  delete node.dataset.say;
  delete node.dataset.values;
  node.textContent = plain(text);
}

/** Writes `text` of somebody else's into `node`: in every language the same. */
function tell(node, text) {
  delete node.dataset.say;
  delete node.dataset.values;
  node.textContent = plain(text);
}

const refusal = (reason) => `REFUSALS.${Object.hasOwn(REFUSALS, reason) ? reason : "nonsense"}`;

/** What each part of the page draws anew in another language. */
const REDRAWN = [];
/** What each part of the page wipes when a call is over (H3). */
const FORGOTTEN = [];

function speak(chosen) {
  language = chosen;
  ({ LOCALE, WORDS, TITLES, REFUSALS, ASK_REFUSALS, DELIVERY, KINDS, VIEWS, SOURCES, REMARKS, PRIORS, NAMES, UNITS, QUALITY, AGREED, IDENTITY } = FACES[chosen]);
  document.documentElement.lang = chosen;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = said(node.dataset.say, JSON.parse(node.dataset.values ?? "{}"));
  for (const node of document.querySelectorAll("[data-say-label]")) node.setAttribute("aria-label", said(node.dataset.sayLabel));
  for (const node of document.querySelectorAll("[data-say-title]")) node.title = said(node.dataset.sayTitle);
  $("language").lang = chosen === "fr" ? "en" : "fr";
  for (const redraw of REDRAWN) redraw();
}

/** The one that was chosen here before, else the first of the browser's that the page speaks, else French. */
function ownLanguage() {
  const asked = [sessionStorage.getItem("language"), ...navigator.languages].filter(Boolean).map((tag) => tag.slice(0, 2).toLowerCase());
  return asked.find((tag) => Object.hasOwn(FACES, tag)) ?? "fr";
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== null && part !== "").map((part) => (part instanceof Node ? part : plain(part))));
  return made;
}

$("language").onclick = () => {
  const other = language === "fr" ? "en" : "fr";
  sessionStorage.setItem("language", other);
  speak(other);
};
speak(ownLanguage());
