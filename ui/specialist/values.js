"use strict";
// The saved values: what the cart tells on the data channel, drawn. Loaded before app.js, which owns the call.

// -- saved values -------------------------------------------------------------------------------------

let last = null; // the newest message
let lastMessageAt = 0;
let drawn = ""; // what the lists show, so that they are only rebuilt when something changed

/** Draws anew what `redraw` replaces, with the focus where it was. */
function keepingFocus(redraw) {
  const open = document.activeElement?.dataset?.open;
  redraw();
  if (open) document.querySelector(`[data-open="${CSS.escape(open)}"]`)?.focus();
}

function forgetValues() {
  for (const forget of FORGOTTEN) forget();
  last = before = null;
  drawn = "";
  known = null;
  put($("news"), "");
  $("link-quality").dataset.level = "0";
  put($("link-word"), "link_measuring");
  put($("link-figures"), "");
  for (const id of ["tile-blood-pressure", "tile-spo2", "tile-pulse", "more-tiles", "exams", "history", "zone", "given-names", "used-name", "portals"]) $(id).replaceChildren();
  $("birth-name").textContent = "—";
  tell($("allergies"), "—");
  put($("traits"), "identity_waiting");
  $("agreed").textContent = "";
  $("vitals").classList.remove("stale");
  $("picture-state").dataset.state = "none";
  put($("picture-state"), "picture_none");
  document.title = said("title");
}

function receive(text) {
  try {
    const message = JSON.parse(text);
    if (message.type !== "vitals") return;
    if (last && message.number <= last.number) return; // a repeated or older message never freshens the page (H6)
    draw(message);
    last = message;
    lastMessageAt = seconds();
  } catch (error) {
    // not counted as received: the values grow stale before the reader's eyes
    console.error("unreadable message on the vitals channel:", error);
    put($("notice"), "unreadable");
    $("notice").hidden = false;
  }
}

const lasting = (duration) => {
  const [minutes, hours, days] = [Math.floor(duration / 60), Math.floor(duration / 3600), Math.floor(duration / 86400)];
  if (duration < 60) return said("seconds", { n: Math.max(0, Math.round(duration)) });
  if (minutes < 60) return said("minutes", { n: minutes });
  return hours < 48 ? said("hours", { n: hours, m: String(minutes % 60).padStart(2, "0") }) : said("days", { n: days });
};
const ago = (duration) => (duration < 0 ? said("unsure_time") : duration < 10 ? said("just_now") : said("since", { time: lasting(duration) }));

function draw(message) {
  const { resident } = message;
  const items = [...message.items].sort((a, b) => a.age_seconds - b.age_seconds);
  const content = JSON.stringify([resident, message.portals, message.agreed, items.map((item) => ({ ...item, age_seconds: 0 }))]);
  if (content === drawn) return;
  drawBanner(resident);
  drawAgreed(message.agreed ?? null, resident.sex);
  drawPortals(message.portals ?? []);
  // what a device read back from its memory never stands before what was measured here (H6)
  const valid = items.filter((item) => !item.entered_in_error).sort((a, b) => stored(a) - stored(b));
  const pressure = valid.find((item) => item.kind === "blood_pressure");
  const oxygen = valid.find((item) => item.kind === "spo2");
  const beats = valid.find((item) => item.kind === "heart_rate");
  // each value stands once on the page: the newest pulse in its own tile, another one beside its own measurement
  const pulse = [pressure, oxygen, beats].filter((item) => item && rateOf(item))
    .sort((a, b) => stored(a) - stored(b) || a.age_seconds - b.age_seconds)[0];
  drawTile("tile-blood-pressure", said("blood_pressure"), pressure, ["systolic", "diastolic"], pressure === pulse);
  drawTile("tile-spo2", "SpO₂", oxygen, ["spo2"], oxygen === pulse);
  drawTile("tile-pulse", said("pulse"), pulse, [pulse ? rateOf(pulse).name : "pulse_rate"], false);
  const inTiles = new Set([pressure, oxygen, pulse, ...drawMore(valid)]);
  const isExam = (item) => ["ecg", "photo", "sound"].includes(item.kind);
  drawList("exams", items.filter(isExam), said("no_exams"));
  drawList("history", items.filter((item) => !inTiles.has(item) && !isExam(item)), said("no_history"));
  put($("zone"), "zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  restoreNote(resident);
  announce(valid);
  drawn = content;
}

/** A tile for each further vital sign that was measured; returns their items. */
function drawMore(valid) {
  const found = [];
  for (const [name, kinds] of MORE) {
    const item = valid.find((candidate) => kinds.includes(candidate.kind) && named(candidate, name));
    if (!item || found.some(([, other]) => other === item)) continue;
    found.push([name, item]);
  }
  const tiles = found.map(([name]) => {
    const tile = element("article", "tile");
    tile.id = `tile-${name.replaceAll("_", "-")}`;
    return tile;
  });
  $("more-tiles").replaceChildren(...tiles);
  for (const [name, item] of found) drawTile(`tile-${name.replaceAll("_", "-")}`, capital(NAMES[name]), item, [name], false);
  return found.map(([, item]) => item);
}

let known = null; // the measurements that were on the page before, so that new ones are told to who does not see it

function announce(valid) {
  const now = valid.map((item) => item.item_id);
  const fresh = known ? valid.filter((item) => !known.has(item.item_id)) : [];
  known = new Set(now);
  if (fresh.length) put($("news"), "new_value", { what: fresh.map(inWords).join(" ; ") });
}

function inWords(item) {
  const values = item.values.filter((value) => value.value !== null && value.unit !== null)
    .map((value) => `${NAMES[value.name] ?? value.name} ${value.value} ${unitOf(value)}`);
  return [KINDS[item.kind] ?? item.kind, ...values].join(", ");
}

function drawBanner(resident) {
  const [year, month, day] = resident.birth_date.split("-").map(Number);
  const today = new Date();
  const birthdayAhead = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  const age = today.getFullYear() - year - (birthdayAhead ? 1 : 0);
  const two = (number) => String(number).padStart(2, "0");
  const known = ["F", "M"].includes(resident.sex);
  const born = said(known ? `born_${resident.sex}` : "born", { date: `${two(day)}/${two(month)}/${year}`, age });
  const sex = known ? said(`sex_${resident.sex}`) : plain(resident.sex);
  $("birth-name").textContent = plain(resident.birth_name).toLocaleUpperCase("fr");
  $("given-names").textContent = plain(resident.given_names);
  $("used-name").textContent = resident.used_name ? said("used_name", { name: resident.used_name.toLocaleUpperCase("fr") }) : "";
  tell($("traits"), [
    born, sex, said("room", { room: resident.room }),
    IDENTITY[resident.identity_status] ?? plain(resident.identity_status ?? ""),
  ].filter(Boolean).join("  ·  "));
  const { allergies } = resident;
  if (allergies?.length) tell($("allergies"), allergies.join(", "));
  else put($("allergies"), allergies === null ? "allergies_unknown" : "allergies_none");
  $("allergies").parentElement.dataset.known = allergies === null ? "false" : allergies.length === 0 ? "none" : "some";
  document.title = `${plain(resident.birth_name).toLocaleUpperCase("fr")} ${plain(resident.given_names)}`;
}

/** On which basis the resident is seen and heard: what was taken down at the bedside, when and by whom. */
function drawAgreed(agreed, sex) {
  if (!agreed) {
    $("agreed").textContent = "";
    return;
  }
  const say = AGREED[agreed.basis] ?? plain(agreed.basis);
  const of = said(sex === "F" ? "of_F" : "of_M");
  const when = new Date(agreed.collected);
  const known = !Number.isNaN(when.getTime());
  $("agreed").textContent = [
    say.replace("{of}", of) + (agreed.other ? ` ${plain(agreed.other)}` : ""), said(agreed.standing ? "agreed_standing" : "agreed_once"),
    known ? said(agreed.by ? "agreed_when_by" : "agreed_when", { date: when.toLocaleDateString(LOCALE), time: clockOf(when), by: agreed.by }) : plain(agreed.by),
  ].filter(Boolean).join("  ·  ");
}

/** Links to where the region shows earlier pictures. Nothing but the address leaves this page, and that on a click only. */
function drawPortals(portals) {
  const links = portals.filter(({ url }) => url.startsWith("https://")).map(({ name, url }) => {
    const link = document.createElement("a");
    Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer", referrerPolicy: "no-referrer" });
    link.textContent = plain(name);
    return link;
  });
  const parts = links.flatMap((link) => [link, " · "]);
  $("portals").replaceChildren(...(links.length ? [said("portals"), ...parts, said("portals_sign_in")] : []));
}

const clockOf = (when) => when.toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit" });
const deviceOf = (item) => (language === "en" && item.device_en) || item.device;
const remarkOf = (item) => REMARKS[item.remark] ?? item.remark;
const unitOf = (value) => plain(UNITS[value.unit] ?? value.unit ?? "");
const named = (item, name) => item.values.find((value) => value.name === name);
const rateOf = (item) => named(item, "heart_rate") ?? named(item, "pulse_rate");
const capital = (text) => text.charAt(0).toLocaleUpperCase("fr") + text.slice(1);
const codesOf = (item) => [...item.quality, ...item.values.flatMap((value) => value.quality)];
const stored = (item) => (codesOf(item).includes("from_storage") ? 1 : 0);
const doubtful = (codes) => codes.some((code) => !UNDOUBTED.includes(code));
// further tiles, in the order of the page: the value that is large, and the kinds of measurement that carry it
const MORE = [
  ["temperature", ["temperature"]], ["respiratory_rate", ["respiration"]], ["weight", ["weight", "body_composition"]],
  ["body_fat", ["body_composition"]], ["glucose", ["glucose"]], ["consciousness", ["consciousness"]], ["oxygen_flow", ["oxygen"]],
  ["pain", ["pain"]], ["algoplus", ["pain"]],
];

/** The value as the cart saved it, to the letter; words where there is none. */
function valueText(item, value, className = "") {
  if (!value || value.value === null) return element("span", "absent", said("absent"));
  const made = element("span", className, value.value);
  made.dataset.item = item.item_id;
  made.dataset.name = value.name;
  return made;
}

function qualityList(codes) {
  const distinct = [...new Set(codes)];
  return distinct.length ? element("ul", "quality", ...distinct.map((code) => element("li", "", QUALITY[code] ?? code))) : null;
}

function ageOf(item) {
  const made = element("span", "age");
  made.dataset.age = item.item_id;
  return made;
}

function drawTile(id, title, item, main, pulseElsewhere) {
  const tile = $(id);
  tile.classList.toggle("empty", !item);
  tile.classList.toggle("doubtful", false);
  const top = element("div", "tile-top", element("h3", "", title), item ? ageOf(item) : null);
  if (!item) return tile.replaceChildren(top, element("p", "absent", said("no_measurement")));
  const shown = main.map((name) => named(item, name));
  const present = shown.filter((value) => value && value.value !== null);
  const figure = element("div", "figure");
  if (present.length) {
    const big = element("span", "big");
    shown.forEach((value, index) => big.append(...(index ? [" / "] : []), valueText(item, value)));
    figure.append(big, element("span", "unit", unitOf(present[0])));
  } else figure.append(element("span", "absent", said("no_value")));
  const own = (value) => !main.includes(value.name) && !(value.name === "pulse_rate" && pulseElsewhere);
  const mean = named(item, "mean_arterial_pressure"); // in the unit of the big figures beside it
  // the pulse tile shows the pulse only: the rest of that measurement has its own tile
  const rest = id === "tile-pulse" ? [] : item.values.filter(own);
  const more = rest.map((value) => element("div", "more", `${NAMES[value.name] ?? value.name} `, valueText(item, value), value === mean ? "" : ` ${unitOf(value)}`));
  const broad = id === "tile-blood-pressure";
  if (broad) figure.append(element("div", "beside", ...more));
  const concerned = id === "tile-pulse" ? shown : item.values.filter((value) => value.name !== "pulse_rate" || !pulseElsewhere);
  const codes = [...item.quality, ...concerned.flatMap((value) => value?.quality ?? [])];
  tile.classList.toggle("doubtful", doubtful(codes));
  const quality = qualityList(codes);
  const source = element("p", "source", [deviceOf(item), DELIVERY[item.state] ?? item.state, remarkOf(item)].filter(Boolean).map(plain).join(" · "));
  const foot = element("div", "foot", ...[quality, source].filter(Boolean));
  tile.replaceChildren(top, figure, ...(broad ? [] : more), foot);
}

function drawList(id, items, none) {
  keepingFocus(() => $(id).replaceChildren(...(items.length ? items.map(row) : [element("li", "none", none)])));
}

// named by the kind of the measurement already
const PRINCIPAL = ["systolic", "spo2", "temperature", "heart_rate", "weight", "glucose"];

function row(item) {
  const taken = new Date(item.taken);
  const sameDay = taken.toDateString() === new Date().toDateString();
  const clock = clockOf(taken);
  const line = element("span", "value-line", KINDS[item.kind] ?? item.kind);
  for (const [index, value] of item.values.entries()) {
    if (value.name === "view" || value.name === "source") {
      line.append(`, ${VIEWS[value.value] ?? SOURCES[value.value] ?? plain(value.value)}`);
      continue;
    }
    const pair = value.name === "diastolic" && item.values[index - 1]?.name === "systolic";
    const lead = PRINCIPAL.includes(value.name) ? " " : `, ${NAMES[value.name] ?? (value.name === "seconds" ? said("lasting") : value.name)} `;
    const followed = value.name === "systolic" && item.values[index + 1]?.name === "diastolic";
    line.append(pair ? " / " : lead, valueText(item, value), followed ? "" : ` ${unitOf(value)}`);
  }
  const what = element("div", "what", line);
  const words = [item.entered_in_error ? said("in_error") : "", deviceOf(item), remarkOf(item)].filter(Boolean).map(plain).join(" · ");
  if (words || !sameDay) what.append(element("small", "", [sameDay ? "" : taken.toLocaleDateString(LOCALE), words].filter(Boolean).join(" · ")));
  const quality = qualityList(codesOf(item));
  if (quality) what.append(quality);
  const time = element("time", "", clock);
  time.dateTime = item.taken;
  if (["photo", "ecg"].includes(item.kind) && !item.entered_in_error) what.append(opener(item.item_id, `${line.textContent} ${clock}`));
  const way = element("span", "way", DELIVERY[item.state] ?? item.state);
  way.dataset.way = item.state;
  const made = element("li", `row${item.entered_in_error ? " error" : ""}${doubtful(codesOf(item)) ? " doubtful" : ""}`, time, what, way);
  made.dataset.row = item.item_id;
  return made;
}

REDRAWN.push(() => {
  drawn = "";
  if (last) draw(last);
});
