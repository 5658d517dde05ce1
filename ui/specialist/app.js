"use strict";
// The specialist's side of a call. Pictures and sound come from the cart peer to peer; the values on the data channel are SAVED
// ones, so nothing but the picture is ever called live (H6). All text goes through `plain` and textContent (T17).

const STALE_SECONDS = 5;
const GATHERING_SECONDS = 2;
const RELAY_SECONDS = 20;
const CONNECTING_SECONDS = 30;
const POLL_FAILURES = 5;
const FROZEN_SECONDS = 3;
const AGAIN = "again";

// -- the state of the page ----------------------------------------------------------------------------

let state = "idle";
let call = null; // the call under way: {peer, channel, local, began, ...}, one object per attempt
let about = { cart: "", demo: false, pin: false, ice_servers: null };
let link = null; // the parts of the address after the #, which no server is sent
let withCamera = true;

function show(next, text = "", values = {}) {
  state = next;
  document.body.dataset.state = next;
  $("status").dataset.state = next;
  put($("status"), `WORDS.${next}`);
  put($("lobby-title"), next in TITLES ? `TITLES.${next}` : "");
  put($("lobby-text"), text, values);
  const again = next === "ended" || next === "refused";
  $("choices").hidden = next !== "idle";
  $("patience").hidden = next !== "joining" && next !== "waiting";
  $("late-row").hidden = next !== "waiting" || !about.late;
  put($("late-said"), "");
  $("rejoin").hidden = !again;
}

const invite = () => show("idle", about.cart ? "invitation_cart" : "invitation", { cart: about.cart });

function leave(attempt) {
  attempt.over.abort();
  attempt.peer?.close();
  attempt.local?.getTracks().forEach((track) => track.stop());
}

/** Ends this attempt and wipes the resident from the page (H3: nothing of one call is left for the next). */
function finish(ending, next, text, values = {}) {
  if (ending !== call) return;
  call = null;
  leave(ending);
  for (const id of ["remote", "self", "self-preview"]) $(id).srcObject = null;
  for (const id of ["self", "self-preview", "mute", "camera-off", "sound", "notice", "spoken"]) $(id).hidden = true;
  forgetValues();
  show(next, text, values);
}

// -- joining ------------------------------------------------------------------------------------------

/** What the cart says of the call; "" or the word of why it says nothing to this visitor. */
async function readAbout() {
  const reply = await fetch("/call", { cache: "no-store", headers: { "X-Telecart-Link": link?.token ?? "" } });
  if (reply.status === 401 || reply.status === 403) return (await reply.json()).reason ?? "nonsense";
  if (!reply.ok) throw new Error(`/call answered ${reply.status}`);
  about = await reply.json();
  if (about.cart) tell($("cart"), about.cart);
  $("demo").hidden = !about.demo;
  $("pin-row").hidden = !about.pin;
  const { name, rpps } = about.who ?? {};
  put($("as-whom"), name ? (rpps ? "as_whom_rpps" : "as_whom") : "", { name, rpps });
  return "";
}

/** The region's sign-in; the link waits here, for an address that goes through other servers must not carry it. */
function signIn() {
  sessionStorage.setItem("link", location.hash);
  location.assign("/sign-in");
}

function askToSignIn() {
  const failed = new URLSearchParams(location.search).get("sign-in") === "refused";
  show("refused", failed ? "sign_in_failed" : "sign_in_why");
  $("sign-in").hidden = false;
  $("rejoin").hidden = true;
}

async function welcome() {
  show("idle", "moment");
  $("sign-in").hidden = true;
  if (location.hash.length < 2 && sessionStorage.getItem("link")) history.replaceState(null, "", sessionStorage.getItem("link"));
  sessionStorage.removeItem("link");
  link = linkParts(location.hash);
  if (!link) return show("refused", "link_incomplete");
  try {
    const reason = await readAbout();
    if (reason === "sign_in") return askToSignIn();
    if (reason) return show("refused", refusal(reason));
  } catch {
    return show("refused", "cart_silent_open");
  }
  invite();
  if (about.pin) $("pin").focus();
}

/** Camera and microphone if they are granted, else one of them, else none: the call takes place all the same. */
async function ownMedia() {
  const audio = { echoCancellation: true, noiseSuppression: true };
  const video = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 30 } };
  if (!navigator.mediaDevices?.getUserMedia) return [null, "no_media_here"];
  let stream = null;
  for (const wanted of [{ audio, video }, { audio }, { video }]) {
    try {
      stream = await navigator.mediaDevices.getUserMedia(wanted);
      break;
    } catch (error) {
      if (error.name === "NotAllowedError") break; // asked and refused: not asked twice
    }
  }
  if (!stream) return [null, "no_media"];
  if (!stream.getVideoTracks().length) return [stream, "no_camera"];
  if (!stream.getAudioTracks().length) return [stream, "no_microphone"];
  return [stream, ""];
}

const hasCandidate = (peer) => peer.localDescription.sdp.includes("a=candidate:");

/** The offer is sent once, with the ways in that are known by then. Where only relays may be used, it waits for the first of them. */
async function gathered(peer) {
  if (peer.iceGatheringState === "complete") return;
  const complete = new Promise((resolve) => peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && resolve()));
  const first = new Promise((resolve) => peer.addEventListener("icecandidate", () => hasCandidate(peer) && resolve()));
  await Promise.race([complete, wait(GATHERING_SECONDS)]);
  if (about.relay_only && !hasCandidate(peer)) await Promise.race([complete, first, wait(RELAY_SECONDS - GATHERING_SECONDS)]);
}

async function join(camera) {
  if (call) return;
  withCamera = camera;
  const mine = { peer: null, local: null, over: new AbortController(), began: null };
  call = mine;
  show("joining", camera ? "allow_media" : "preparing");
  try {
    const reason = await readAbout(); // the credentials of a relay last ten minutes
    if (mine !== call) return;
    if (reason === "sign_in") return finish(mine, "refused", refusal("sign_in")), askToSignIn();
    if (reason) return finish(mine, "refused", refusal(reason));
    const [local, remark] = camera ? await ownMedia() : [null, ""];
    mine.local = local;
    if (mine !== call) return local?.getTracks().forEach((track) => track.stop());
    showOwn(local, remark);
    const ticket = await offer(mine);
    if (mine !== call || !ticket) return;
    show("waiting", "keep_open");
    const answer = await admitted(mine, ticket);
    if (mine !== call || !answer) return;
    if (answer === AGAIN) {
      leave(mine);
      call = null;
      return join(camera);
    }
    const { sdp } = mine.peer.localDescription;
    if (!(await isFromCart(link, sdp, mine.promised, answer))) return finish(mine, "refused", refusal("not_the_cart"));
    if (mine !== call) return;
    show("joining", "picture_coming");
    await mine.peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await reveal(mine, ticket, sdp, answer);
    await wait(CONNECTING_SECONDS);
    if (mine === call && mine.began === null) finish(mine, "ended", mine.relayRefused ? "relay_refused" : "not_through");
  } catch (error) {
    if (mine !== call) return; // cancelled, or over: already told
    console.error("the call could not be set up:", error);
    finish(mine, "ended", "cart_silent_open");
  }
}

/** Makes the peer connection and gives the cart its offer; the ticket of the waiting room, or "" when refused. */
async function offer(mine) {
  // always the list of the cart, an empty one included: never a third party's STUN server (T13)
  const iceServers = about.ice_servers.map((one) => (typeof one === "string" ? { urls: one } : one));
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: about.relay_only ? "relay" : "all" });
  mine.peer = peer;
  // 401: the relay does not take the credentials (RFC 8656, 7.4)
  peer.addEventListener("icecandidateerror", ({ errorCode }) => { if (errorCode === 401) mine.relayRefused = true; });
  const picture = new MediaStream();
  $("remote").srcObject = picture;
  peer.ontrack = ({ track }) => picture.addTrack(track);
  for (const kind of ["video", "audio"]) {
    const own = mine.local?.getTracks().find((track) => track.kind === kind);
    peer.addTransceiver(own ?? kind, own ? { direction: "sendrecv", streams: [mine.local] } : { direction: "recvonly" });
  }
  mountEcg(peer, mine.over.signal);
  const channel = peer.createDataChannel("vitals", { ordered: true });
  openAsks(peer);
  channel.onmessage = ({ data }) => mine === call && receive(data);
  channel.onclose = () => finish(mine, "ended", "closed_there");
  const watch = () => follow(mine);
  peer.addEventListener("connectionstatechange", watch);
  peer.addEventListener("iceconnectionstatechange", watch);
  await peer.setLocalDescription(await peer.createOffer());
  await gathered(peer);
  if (about.relay_only && !hasCandidate(peer)) finish(mine, "ended", mine.relayRefused ? "relay_refused" : "not_through");
  if (mine !== call) return "";

  const { sdp } = peer.localDescription;
  mine.promised = await promise(link, sdp);
  const { proof, commitment } = mine.promised;
  const body = JSON.stringify({ token: link.token, pin: $("pin").value.trim(), sdp, proof, commitment, ticket: sessionStorage.getItem("ticket") ?? "" });
  const reply = await fetch("/offer", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: mine.over.signal });
  if (reply.status === 202) {
    const { ticket } = await reply.json();
    sessionStorage.setItem("ticket", ticket); // keeps the place of whoever reloads this page
    return ticket;
  }
  const reason = reply.status === 409 ? "closed" : (await reply.json().catch(() => ({}))).reason ?? "nonsense";
  finish(mine, "refused", refusal(reason));
  if (reason === "pin") {
    $("choices").hidden = false;
    $("rejoin").hidden = true;
    $("pin").value = "";
    $("pin").focus();
  }
  return "";
}

/** Tells the number to which the offer was held, and shows the digits that the cart shows too. */
async function reveal(mine, ticket, sdp, answer) {
  const digits = await spokenDigits(sdp, mine.promised, answer);
  if (mine !== call) return;
  put($("spoken"), "spoken", { digits: `${digits.slice(0, 3)} ${digits.slice(3)}` });
  $("spoken").hidden = false;
  const body = JSON.stringify({ ticket, nonce: mine.promised.nonce });
  await fetch("/reveal", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch((error) => console.error("the cart shows no digits:", error));
}

/** Waits in the lobby for the cart's signed answer; "" when the call ended first, AGAIN when the relay's credentials are about to expire. */
async function admitted(mine, ticket) {
  const began = seconds();
  for (let failures = 0; failures < POLL_FAILURES;) {
    if (about.again_seconds && seconds() - began > about.again_seconds) return AGAIN;
    try {
      const reply = await fetch(`/answer?ticket=${encodeURIComponent(ticket)}`, { cache: "no-store", signal: mine.over.signal });
      if (reply.status === 200) return await reply.json();
      if (reply.status === 410) {
        finish(mine, "ended", "lobby_closed");
        return "";
      }
      if (reply.status === 403) {
        finish(mine, "refused", refusal((await reply.json()).reason));
        return "";
      }
      if (reply.status === 204) { failures = 0; continue; }
    } catch {
      if (mine.over.signal.aborted) return "";
    }
    failures += 1;
    await wait(failures);
  }
  finish(mine, "ended", "cart_silent");
  return "";
}

// -- the call -----------------------------------------------------------------------------------------

function follow(mine) {
  if (mine !== call) return;
  const states = [mine.peer.connectionState, mine.peer.iceConnectionState];
  if (states.includes("failed") || states.includes("closed")) {
    return finish(mine, "ended", "lost");
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
  put($("notice"), remark);
  $("notice").hidden = !remark;
}

function toggle(id, off) {
  const [kind, cut, back] = id === "mute" ? ["audio", "mute", "unmute"] : ["video", "camera_off", "camera_on"];
  call?.local?.getTracks().filter((track) => track.kind === kind).forEach((track) => { track.enabled = !off; });
  $(id).setAttribute("aria-pressed", String(off));
  put($(id), off ? back : cut);
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
  put($("link-word"), `link_${level}`);
  const digits = loss < 10 ? 1 : 0;
  const lostShare = loss.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  put($("link-figures"), now.roundTrip === null ? "link_figures" : "link_figures_trip", {
    fps: Math.round(fps), kilobits: Math.round(kilobits), trip: Math.round(delay), loss: lostShare,
  });
  if (now.framesDecoded > then.framesDecoded) pictureMovedAt = now.at;
  const frozen = now.at - pictureMovedAt;
  const picture = now.framesDecoded === 0 ? "none" : frozen < FROZEN_SECONDS ? "moving" : "frozen";
  $("picture-state").dataset.state = picture;
  put($("picture-state"), `picture_${picture}`, { time: lasting(frozen) });
}

/** Ages, freshness and the link, once a second. */
function tick() {
  if (!call || call.began === null) return;
  const silence = seconds() - lastMessageAt;
  const stale = silence >= STALE_SECONDS;
  const away = call.peer.connectionState !== "connected";
  for (const place of document.querySelectorAll("[data-age]")) {
    const item = last?.items.find((candidate) => candidate.item_id === place.dataset.age);
    if (item) place.textContent = stored(item) ? said("received", { ago: ago(item.age_seconds + silence) }) : ago(item.age_seconds + silence);
  }
  $("vitals").classList.toggle("stale", stale);
  const fresh = stale ? (last ? "stale" : "stale_none") : last ? "fresh" : "fresh_waiting";
  put($("freshness"), fresh, { time: lasting(silence), ago: ago(silence) });
  const next = stale || away ? "interrupted" : "connected";
  if (state !== next) show(next);
  measureLink(call).catch((error) => console.error("link quality:", error));
}

/** The screen at the bedside says the delay; the place in the waiting room is kept. */
async function sayLate(event) {
  event.preventDefault();
  const minutes = Number($("late").value.trim());
  if (!Number.isInteger(minutes) || minutes < 0 || minutes > 240) {
    put($("late-said"), "late_range");
    return;
  }
  const body = JSON.stringify({ ticket: sessionStorage.getItem("ticket") ?? "", minutes });
  const reply = await fetch("/late", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
  put($("late-said"), reply?.ok ? "late_told" : "late_not_told", { minutes });
}

$("late-row").onsubmit = sayLate;
$("join").onclick = () => join(true);
$("join-receive-only").onclick = () => join(false);
$("pin").onkeydown = ({ key }) => key === "Enter" && join(true);
$("sign-in").onclick = signIn;
$("rejoin").onclick = () => join(withCamera);
$("cancel").onclick = () => call && finish(call, "idle", about.cart ? "invitation_cart" : "invitation", { cart: about.cart });
$("hang-up").onclick = () => call && finish(call, "ended", "hung_up");
$("mute").onclick = () => toggle("mute", $("mute").getAttribute("aria-pressed") === "false");
$("camera-off").onclick = () => toggle("camera-off", $("camera-off").getAttribute("aria-pressed") === "false");
$("sound").onclick = () => $("remote").play().then(() => { $("sound").hidden = true; }, (error) => console.error("sound:", error));
window.addEventListener("pagehide", () => call && finish(call, "ended", "left_page"));
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
