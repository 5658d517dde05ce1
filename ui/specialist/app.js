"use strict";
// The specialist's side of a call. Pictures and sound come from the cart peer to peer; the values on the data channel are SAVED
// ones, so nothing but the picture is ever called live (H6). All text goes through `plain` and textContent (T17).

const STALE_SECONDS = 5;
const GATHERING_SECONDS = 2;
const CONNECTING_SECONDS = 30;
const POLL_FAILURES = 5;
const FROZEN_SECONDS = 3;

const WORDS = {
  idle: "Prêt à rejoindre", joining: "Connexion à la borne", waiting: "Salle d’attente", connected: "En communication",
  interrupted: "Liaison interrompue, valeurs figées", ended: "Appel terminé", refused: "Entrée refusée",
};
const REFUSALS = {
  token: "Ce lien n’est pas valable. Vérifiez qu’il a été copié en entier, ou demandez un nouveau lien au soignant.",
  pin: "Ce code n’est pas le bon. Relisez-le sur l’écran de la borne ou demandez-le au soignant.",
  locked: "Trop de codes faux ont été essayés. Demandez au soignant d’ouvrir un nouvel appel.",
  used: "Ce lien a déjà servi. Demandez un nouveau lien au soignant.",
  closed: "Aucun appel n’est ouvert en ce moment. Appelez le soignant ou réessayez dans un instant.",
  nonsense: "La borne n’a pas compris la demande de ce navigateur. Rechargez la page ou essayez un autre navigateur.",
};
const DELIVERY = { kept: "Gardé ici", pending: "En attente", sent: "Envoyé", received: "Reçu", needs_person: "À corriger" };
const KINDS = { blood_pressure: "Pression artérielle", spo2: "Oxymétrie", ecg: "ECG", photo: "Photo" };
const NAMES = {
  systolic: "systolique", diastolic: "diastolique", mean_arterial_pressure: "moyenne", pulse_rate: "pouls", spo2: "SpO₂",
  pulse_amplitude_index: "amplitude du pouls",
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

// -- the state of the page ----------------------------------------------------------------------------

let state = "idle";
let call = null; // the call under way: {peer, channel, local, began, ...}, one object per attempt
let about = { cart: "", demo: false, pin: false, ice_servers: null };
let withCamera = true;

function show(next, text = "") {
  state = next;
  document.body.dataset.state = next;
  $("status").dataset.state = next;
  $("status").textContent = WORDS[next];
  const titles = {
    idle: "Rejoindre la téléconsultation", joining: "Un instant", waiting: "Salle d’attente", ended: "L’appel est terminé",
    refused: "Vous n’êtes pas encore entré",
  };
  $("lobby-title").textContent = titles[next] ?? "";
  $("lobby-text").textContent = text;
  const again = next === "ended" || next === "refused";
  $("choices").hidden = next !== "idle";
  $("patience").hidden = next !== "joining" && next !== "waiting";
  $("rejoin").hidden = !again;
}

const invitation = () => (about.cart ? `Le soignant vous attend à la borne « ${plain(about.cart)} ».` : "Le soignant vous attend.");

/** Ends this attempt and wipes the resident from the page (H3: nothing of one call is left for the next). */
function finish(ending, next, text) {
  if (ending !== call) return;
  call = null;
  ending.over.abort();
  ending.peer?.close();
  ending.local?.getTracks().forEach((track) => track.stop());
  for (const id of ["remote", "self", "self-preview"]) $(id).srcObject = null;
  for (const id of ["self", "self-preview", "mute", "camera-off", "sound", "notice"]) $(id).hidden = true;
  forgetValues();
  show(next, text);
}

// -- joining ------------------------------------------------------------------------------------------

async function readAbout() {
  const reply = await fetch("/call", { cache: "no-store" });
  if (!reply.ok) throw new Error(`/call answered ${reply.status}`);
  about = await reply.json();
  $("cart").textContent = plain(about.cart || "Téléconsultation");
  $("demo").hidden = !about.demo;
  $("pin-row").hidden = !about.pin;
}

async function welcome() {
  show("idle", "Un instant…");
  if (location.hash.length < 2) return show("refused", "Ce lien est incomplet. Copiez-le en entier, ou demandez-le de nouveau au soignant.");
  try {
    await readAbout();
  } catch {
    return show("refused", "La borne ne répond pas. Vérifiez votre réseau, ou demandez au soignant si l’appel est ouvert.");
  }
  show("idle", invitation());
  if (about.pin) $("pin").focus();
}

/** Camera and microphone if they are granted, else one of them, else none: the call takes place all the same. */
async function ownMedia() {
  const audio = { echoCancellation: true, noiseSuppression: true };
  const video = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 30 } };
  if (!navigator.mediaDevices?.getUserMedia) return [null, "Ce navigateur ne donne ni caméra ni micro à cette page : vous voyez et entendez seulement."];
  let stream = null;
  for (const wanted of [{ audio, video }, { audio }, { video }]) {
    try {
      stream = await navigator.mediaDevices.getUserMedia(wanted);
      break;
    } catch (error) {
      if (error.name === "NotAllowedError") break; // asked and refused: not asked twice
    }
  }
  if (!stream) return [null, "Caméra et micro refusés ou absents : vous voyez et entendez seulement."];
  if (!stream.getVideoTracks().length) return [stream, "Pas de caméra : le soignant vous entend mais ne vous voit pas."];
  if (!stream.getAudioTracks().length) return [stream, "Pas de micro : le soignant vous voit mais ne vous entend pas."];
  return [stream, ""];
}

async function gathered(peer) {
  if (peer.iceGatheringState === "complete") return;
  const complete = new Promise((resolve) => peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && resolve()));
  await Promise.race([complete, wait(GATHERING_SECONDS)]);
}

async function join(camera) {
  if (call) return;
  withCamera = camera;
  const mine = { peer: null, local: null, over: new AbortController(), began: null };
  call = mine;
  show("joining", camera ? "Autorisez la caméra et le micro si votre navigateur le demande." : "La liaison se prépare.");
  try {
    if (about.ice_servers === null) await readAbout();
    const [local, remark] = camera ? await ownMedia() : [null, ""];
    mine.local = local;
    if (mine !== call) return local?.getTracks().forEach((track) => track.stop());
    showOwn(local, remark);
    const ticket = await offer(mine);
    if (mine !== call || !ticket) return;
    show("waiting", "Salle d’attente : le soignant va vous admettre. Gardez cette page ouverte.");
    const answer = await admitted(mine, ticket);
    if (mine !== call || !answer) return;
    show("joining", "Vous êtes admis. L’image arrive.");
    await mine.peer.setRemoteDescription({ type: "answer", sdp: answer });
    await wait(CONNECTING_SECONDS);
    if (mine === call && mine.began === null) finish(mine, "ended", "La liaison n’a pas pu s’établir entre la borne et votre navigateur. Votre réseau la bloque peut-être.");
  } catch (error) {
    if (mine !== call) return; // cancelled, or over: already told
    console.error("the call could not be set up:", error);
    finish(mine, "ended", "La borne ne répond plus. Vérifiez votre réseau, ou demandez au soignant si l’appel est ouvert.");
  }
}

/** Makes the peer connection and gives the cart its offer; the ticket of the waiting room, or "" when refused. */
async function offer(mine) {
  // always the list of the cart, an empty one included: never a third party's STUN server (T13)
  const peer = new RTCPeerConnection({ iceServers: about.ice_servers.map((url) => ({ urls: url })) });
  mine.peer = peer;
  const picture = new MediaStream();
  $("remote").srcObject = picture;
  peer.ontrack = ({ track }) => picture.addTrack(track);
  for (const kind of ["video", "audio"]) {
    const own = mine.local?.getTracks().find((track) => track.kind === kind);
    peer.addTransceiver(own ?? kind, own ? { direction: "sendrecv", streams: [mine.local] } : { direction: "recvonly" });
  }
  const channel = peer.createDataChannel("vitals", { ordered: true });
  channel.onmessage = ({ data }) => mine === call && receive(data);
  channel.onclose = () => finish(mine, "ended", "L’appel a été fermé du côté de la borne, ou la liaison est perdue.");
  const watch = () => follow(mine);
  peer.addEventListener("connectionstatechange", watch);
  peer.addEventListener("iceconnectionstatechange", watch);
  await peer.setLocalDescription(await peer.createOffer());
  await gathered(peer);

  const body = JSON.stringify({ token: location.hash.slice(1), pin: $("pin").value.trim(), sdp: peer.localDescription.sdp });
  const reply = await fetch("/offer", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: mine.over.signal });
  if (reply.status === 202) return (await reply.json()).ticket;
  const reason = reply.status === 409 ? "closed" : (await reply.json().catch(() => ({}))).reason ?? "nonsense";
  finish(mine, "refused", REFUSALS[reason] ?? REFUSALS.nonsense);
  if (reason === "pin") {
    $("choices").hidden = false;
    $("rejoin").hidden = true;
    $("pin").value = "";
    $("pin").focus();
  }
  return "";
}

/** Waits in the lobby for the cart's SDP answer; "" when the call ended first. */
async function admitted(mine, ticket) {
  for (let failures = 0; failures < POLL_FAILURES;) {
    try {
      const reply = await fetch(`/answer?ticket=${encodeURIComponent(ticket)}`, { cache: "no-store", signal: mine.over.signal });
      if (reply.status === 200) return (await reply.json()).sdp;
      if (reply.status === 410) {
        finish(mine, "ended", "Le soignant a fermé la salle d’attente, ou une autre page y a pris votre place.");
        return "";
      }
      if (reply.status === 204) { failures = 0; continue; }
    } catch {
      if (mine.over.signal.aborted) return "";
    }
    failures += 1;
    await wait(failures);
  }
  finish(mine, "ended", "La borne ne répond plus. Vérifiez votre réseau, puis rejoignez de nouveau.");
  return "";
}

// -- the call -----------------------------------------------------------------------------------------

function follow(mine) {
  if (mine !== call) return;
  const states = [mine.peer.connectionState, mine.peer.iceConnectionState];
  if (states.includes("failed") || states.includes("closed")) {
    return finish(mine, "ended", "La liaison avec la borne est perdue. Rejoignez, ou demandez un nouveau lien au soignant.");
  }
  if (mine.peer.connectionState === "connected" && mine.began === null) {
    mine.began = lastMessageAt = pictureMovedAt = seconds();
    show("connected");
    // the browser may want a gesture before it plays sound
    $("remote").play().catch(() => { $("sound").hidden = false; });
  }
}

function showOwn(local, remark) {
  const has = (kind) => Boolean(local?.getTracks().some((track) => track.kind === kind));
  for (const id of ["self", "self-preview"]) {
    $(id).srcObject = local;
    $(id).hidden = !has("video");
  }
  $("mute").hidden = !has("audio");
  $("camera-off").hidden = !has("video");
  for (const id of ["mute", "camera-off"]) toggle(id, false);
  $("notice").textContent = remark;
  $("notice").hidden = !remark;
}

function toggle(id, off) {
  const [kind, cut, back] = id === "mute" ? ["audio", "Couper le micro", "Rétablir le micro"] : ["video", "Couper la caméra", "Rétablir la caméra"];
  call?.local?.getTracks().filter((track) => track.kind === kind).forEach((track) => { track.enabled = !off; });
  $(id).setAttribute("aria-pressed", String(off));
  $(id).textContent = off ? back : cut;
}

// -- link quality -------------------------------------------------------------------------------------

let before = null;
let pictureMovedAt = 0;

/** What getStats says at this moment, as counters; round trip in ms or null. */
async function counters(peer) {
  const now = { at: seconds(), framesDecoded: 0, audioPacketsReceived: 0, bytesReceived: 0, received: 0, lost: 0, roundTrip: null };
  const report = await peer.getStats();
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      now.framesDecoded += entry.framesDecoded ?? 0;
      if (entry.kind === "audio") now.audioPacketsReceived += entry.packetsReceived ?? 0;
      now.bytesReceived += entry.bytesReceived ?? 0;
      now.received += entry.packetsReceived ?? 0;
      now.lost += entry.packetsLost ?? 0;
    }
    const pair = entry.type === "transport" ? report.get(entry.selectedCandidatePairId) : null;
    if (pair?.currentRoundTripTime !== undefined) now.roundTrip = pair.currentRoundTripTime * 1000;
  });
  return now;
}

async function measureLink(mine) {
  const now = await counters(mine.peer);
  const then = before;
  before = now;
  if (mine !== call || !then || now.at <= then.at) return;
  const lasted = now.at - then.at;
  const fps = (now.framesDecoded - then.framesDecoded) / lasted;
  const kilobits = ((now.bytesReceived - then.bytesReceived) * 8) / 1000 / lasted;
  const lost = Math.max(0, now.lost - then.lost);
  const loss = (100 * lost) / Math.max(1, lost + now.received - then.received);
  const delay = now.roundTrip ?? 0;
  let level = 3;
  if (fps < 18 || loss > 3 || delay > 300) level = 2;
  if (fps < 8 || loss > 8 || delay > 600) level = 1;
  if (kilobits < 1) level = 0;
  $("link-quality").dataset.level = String(level);
  $("link-word").textContent = ["Liaison coupée", "Liaison faible", "Liaison moyenne", "Liaison bonne"][level];
  const trip = now.roundTrip === null ? "" : ` · aller-retour ${Math.round(delay)} ms`;
  $("link-figures").textContent = `${Math.round(fps)} images/s · ${Math.round(kilobits)} kbit/s${trip} · pertes ${loss.toFixed(loss < 10 ? 1 : 0).replace(".", ",")} %`;
  if (now.framesDecoded > then.framesDecoded) pictureMovedAt = now.at;
  const frozen = now.at - pictureMovedAt;
  const picture = now.framesDecoded === 0 ? "none" : frozen < FROZEN_SECONDS ? "moving" : "frozen";
  $("picture-state").dataset.state = picture;
  $("picture-state").textContent = { none: "Image en attente", moving: "En direct", frozen: `Image figée depuis ${lasting(frozen)}` }[picture];
}

// -- saved values -------------------------------------------------------------------------------------

let last = null; // the newest message
let lastMessageAt = 0;
let drawn = ""; // what the lists show, so that they are only rebuilt when something changed

function forgetValues() {
  last = before = null;
  drawn = "";
  for (const id of ["tile-blood-pressure", "tile-spo2", "tile-pulse", "exams", "history", "zone", "given-names", "used-name"]) $(id).replaceChildren();
  $("birth-name").textContent = $("allergies").textContent = "—";
  $("traits").textContent = "Identité en attente de la borne";
  $("vitals").classList.remove("stale");
  $("picture-state").dataset.state = "none";
  $("picture-state").textContent = "Image en attente";
  document.title = "Téléconsultation";
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
    $("notice").textContent = "Un message de la borne est illisible : les valeurs ne sont pas mises à jour.";
    $("notice").hidden = false;
  }
}

const lasting = (duration) => {
  const [minutes, hours, days] = [Math.floor(duration / 60), Math.floor(duration / 3600), Math.floor(duration / 86400)];
  if (duration < 60) return `${Math.max(0, Math.round(duration))} s`;
  if (minutes < 60) return `${minutes} min`;
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, "0")}` : `${days} j`;
};
const ago = (duration) => (duration < 0 ? "heure incertaine" : duration < 10 ? "à l’instant" : `il y a ${lasting(duration)}`);

function draw(message) {
  const { resident } = message;
  const items = [...message.items].sort((a, b) => a.age_seconds - b.age_seconds);
  const content = JSON.stringify([resident, items.map((item) => ({ ...item, age_seconds: 0 }))]);
  if (content === drawn) return;
  drawBanner(resident);
  const valid = items.filter((item) => !item.entered_in_error);
  const pressure = valid.find((item) => item.kind === "blood_pressure");
  const oxygen = valid.find((item) => item.kind === "spo2");
  // each value stands once on the page: the newest pulse in its own tile, another one beside its own measurement
  const pulse = [pressure, oxygen].filter((item) => item && named(item, "pulse_rate")).sort((a, b) => a.age_seconds - b.age_seconds)[0];
  drawTile("tile-blood-pressure", "Pression artérielle", pressure, ["systolic", "diastolic"], pressure === pulse);
  drawTile("tile-spo2", "SpO₂", oxygen, ["spo2"], oxygen === pulse);
  drawTile("tile-pulse", "Pouls", pulse, ["pulse_rate"], false);
  const inTiles = new Set([pressure, oxygen, pulse]);
  const isExam = (item) => item.kind === "ecg" || item.kind === "photo";
  drawList("exams", items.filter(isExam), "Ni ECG ni photo");
  drawList("history", items.filter((item) => !inTiles.has(item) && !isExam(item)), "Aucune mesure plus ancienne");
  $("zone").textContent = `Heures de votre ordinateur (${Intl.DateTimeFormat().resolvedOptions().timeZone}). Ni moniteur, ni alarme.`;
  drawn = content;
}

function drawBanner(resident) {
  const [year, month, day] = resident.birth_date.split("-").map(Number);
  const today = new Date();
  const birthdayAhead = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  const age = today.getFullYear() - year - (birthdayAhead ? 1 : 0);
  const two = (number) => String(number).padStart(2, "0");
  const born = { F: "Née le", M: "Né le" }[resident.sex] ?? "Né(e) le";
  const sex = { F: "Femme", M: "Homme" }[resident.sex] ?? plain(resident.sex);
  $("birth-name").textContent = plain(resident.birth_name).toLocaleUpperCase("fr");
  $("given-names").textContent = plain(resident.given_names);
  $("used-name").textContent = resident.used_name ? `Nom utilisé : ${plain(resident.used_name).toLocaleUpperCase("fr")}` : "";
  $("traits").textContent = [
    `${born} ${two(day)}/${two(month)}/${year} (${age} ans)`, sex, `Chambre ${plain(resident.room)}`,
    IDENTITY[resident.identity_status] ?? plain(resident.identity_status ?? ""),
  ].filter(Boolean).join("  ·  ");
  const { allergies } = resident;
  $("allergies").textContent = allergies === null ? "non renseignées" : allergies.length === 0 ? "aucune connue" : allergies.map(plain).join(", ");
  $("allergies").parentElement.dataset.known = allergies === null ? "false" : allergies.length === 0 ? "none" : "some";
  document.title = `${plain(resident.birth_name).toLocaleUpperCase("fr")} ${plain(resident.given_names)}`;
}

const unitOf = (value) => plain(UNITS[value.unit] ?? value.unit ?? "");
const named = (item, name) => item.values.find((value) => value.name === name);

/** The value as the cart saved it, to the letter; words where there is none. */
function valueText(item, value, className = "") {
  if (!value || value.value === null) return element("span", "absent", "absente");
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
  const top = element("div", "tile-top", element("h3", "", title), item ? ageOf(item) : null);
  if (!item) return tile.replaceChildren(top, element("p", "absent", "Pas de mesure enregistrée"));
  const shown = main.map((name) => named(item, name));
  const present = shown.filter((value) => value && value.value !== null);
  const figure = element("p", "figure");
  if (present.length) {
    const big = element("span", "big");
    shown.forEach((value, index) => big.append(...(index ? [" / "] : []), valueText(item, value)));
    figure.append(big, element("span", "unit", unitOf(present[0])));
  } else figure.append(element("span", "absent", "Valeur absente"));
  const own = (value) => !main.includes(value.name) && !(value.name === "pulse_rate" && pulseElsewhere);
  const mean = named(item, "mean_arterial_pressure");
  if (mean && id === "tile-blood-pressure") figure.append(element("span", "beside", "moyenne ", valueText(item, mean)));
  // the pulse tile shows the pulse only: the rest of that measurement has its own tile
  const rest = id === "tile-pulse" ? [] : item.values.filter((value) => own(value) && value !== mean);
  const more = rest.map((value) => element("p", "more", `${NAMES[value.name] ?? value.name} `, valueText(item, value), ` ${unitOf(value)}`));
  const concerned = id === "tile-pulse" ? shown : item.values.filter((value) => value.name !== "pulse_rate" || !pulseElsewhere);
  const quality = qualityList([...item.quality, ...concerned.flatMap((value) => value?.quality ?? [])]);
  const source = element("p", "source", [item.device, DELIVERY[item.state] ?? item.state, item.remark].filter(Boolean).map(plain).join(" · "));
  tile.replaceChildren(...[top, figure, ...more, quality, source].filter(Boolean));
}

function drawList(id, items, none) {
  $(id).replaceChildren(...(items.length ? items.map(row) : [element("li", "none", none)]));
}

function row(item) {
  const taken = new Date(item.taken);
  const sameDay = taken.toDateString() === new Date().toDateString();
  const clock = taken.toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
  const line = element("span", "value-line", KINDS[item.kind] ?? item.kind);
  for (const [index, value] of item.values.entries()) {
    const pair = value.name === "diastolic" && item.values[index - 1]?.name === "systolic";
    const lead = ["systolic", "spo2"].includes(value.name) ? " " : `, ${NAMES[value.name] ?? value.name} `;
    const followed = value.name === "systolic" && item.values[index + 1]?.name === "diastolic";
    line.append(pair ? " / " : lead, valueText(item, value), followed ? "" : ` ${unitOf(value)}`);
  }
  const what = element("div", "what", line);
  const words = [item.entered_in_error ? "annulée, saisie par erreur" : "", item.device, item.remark].filter(Boolean).map(plain).join(" · ");
  if (words || !sameDay) what.append(element("small", "", [sameDay ? "" : taken.toLocaleDateString("fr-FR"), words].filter(Boolean).join(" · ")));
  const quality = qualityList([...item.quality, ...item.values.flatMap((value) => value.quality)]);
  if (quality) what.append(quality);
  const time = element("time", "", clock);
  time.dateTime = item.taken;
  const way = element("span", "way", DELIVERY[item.state] ?? item.state);
  way.dataset.way = item.state;
  const made = element("li", item.entered_in_error ? "row error" : "row", time, what, way);
  made.dataset.row = item.item_id;
  return made;
}

/** Ages, freshness and the link, once a second. */
function tick() {
  if (!call || call.began === null) return;
  const silence = seconds() - lastMessageAt;
  const stale = silence >= STALE_SECONDS;
  const away = call.peer.connectionState !== "connected";
  for (const place of document.querySelectorAll("[data-age]")) {
    const item = last?.items.find((candidate) => candidate.item_id === place.dataset.age);
    if (item) place.textContent = ago(item.age_seconds + silence);
  }
  $("vitals").classList.toggle("stale", stale);
  $("freshness").textContent = stale
    ? last ? `Liaison interrompue, valeurs figées depuis ${lasting(silence)}` : `Aucune valeur reçue depuis ${lasting(silence)}`
    : last ? `reçues ${ago(silence)}` : "en attente de la borne";
  const next = stale || away ? "interrupted" : "connected";
  if (state !== next) show(next);
  measureLink(call).catch((error) => console.error("link quality:", error));
}

$("join").onclick = () => join(true);
$("join-receive-only").onclick = () => join(false);
$("pin").onkeydown = ({ key }) => key === "Enter" && join(true);
$("rejoin").onclick = () => join(withCamera);
$("cancel").onclick = () => call && finish(call, "idle", invitation());
$("hang-up").onclick = () => call && finish(call, "ended", "Vous avez raccroché. Les données du résident ont été effacées de cette page.");
$("mute").onclick = () => toggle("mute", $("mute").getAttribute("aria-pressed") === "false");
$("camera-off").onclick = () => toggle("camera-off", $("camera-off").getAttribute("aria-pressed") === "false");
$("sound").onclick = () => $("remote").play().then(() => { $("sound").hidden = true; }, (error) => console.error("sound:", error));
window.addEventListener("pagehide", () => call && finish(call, "ended", "Vous avez quitté la page."));
window.addEventListener("hashchange", () => { if (!call) welcome(); });
setInterval(tick, 1000);

/** Diagnostics, for tests and for whoever looks into a bad line: nothing on the page depends on it. */
window.telecart = {
  get peer() { return call?.peer ?? null; },
  stats: async () => {
    if (!call?.peer) return { framesDecoded: 0, audioPacketsReceived: 0, bytesReceived: 0 };
    const { framesDecoded, audioPacketsReceived, bytesReceived } = await counters(call.peer);
    return { framesDecoded, audioPacketsReceived, bytesReceived };
  },
};
welcome();
