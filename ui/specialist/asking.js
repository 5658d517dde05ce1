"use strict";
// What the specialist asks of the cart while the call lasts: stills, earlier pictures and ECGs of this resident, pointing, a note.
// A data channel of its own carries it (sync/consult/asks.py); the cart answers one thing at a time and decides each time.

const PATIENCE_SECONDS = 90;
const EARLIER_MOST = 200;
const POINT_SECONDS = 0.15;
const NOTE_MOST = 4000;

let asks = null; // the channel of the call under way
let numbered = 0;
let awaited = null; // what was asked for and has not come: {id, done}
let spot = null; // where she points, in thousandths of the picture
let pointedAt = 0;
let listed = []; // what is here of the resident from before this round
let draft = null; // a note that was not saved when the line went: {whose, text}

function openAsks(peer) {
  const channel = peer.createDataChannel("asks", { ordered: true });
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }) => channel === asks && hear(data);
  asks = channel;
}

function send(message) {
  if (asks?.readyState !== "open") return false;
  asks.send(JSON.stringify(message));
  return true;
}

const sayAsk = (key, values) => put($("ask-said"), key, values);

/** Asks for one thing; `done` is told "" when it is there, or the word of why not. */
function request(message, done) {
  if (awaited) return done("busy");
  const mine = { id: ++numbered, done };
  if (!send({ ...message, id: mine.id })) return done("not_sent");
  awaited = mine;
  wait(PATIENCE_SECONDS).then(() => awaited === mine && !incoming && settle("failed"));
}

function settle(reason) {
  const was = awaited;
  awaited = incoming = null;
  was?.done(reason);
}

function hear(data) {
  try {
    if (typeof data !== "string") return receiveChunk(data);
    const message = JSON.parse(data);
    if (message.type === "content" && message.id === awaited?.id && !incoming && isHead(message)) {
      incoming = { head: message, parts: [], came: 0 };
    } else if (message.type === "content") {
      settle("nonsense");
    } else if (message.type === "refused" && (message.id === awaited?.id || message.id === 0)) {
      settle(String(message.reason));
    } else if (message.type === "done" && message.id === awaited?.id) {
      settle("");
    } else if (message.type === "earlier" && Array.isArray(message.items) && message.items.length <= EARLIER_MOST) {
      listed = message.items;
      drawEarlier();
    }
  } catch (error) {
    console.error("unreadable message of the cart:", error);
    settle("nonsense");
  }
}

/** Raises for what is not as announced. */
function receiveChunk(chunk) {
  if (!incoming) return; // of what is not awaited any more
  const bytes = gather(chunk);
  const { head, came } = incoming;
  if (!bytes) return sayAsk("fetching", { share: Math.floor((100 * came) / head.bytes) });
  const mine = awaited;
  incoming = null;
  view(head, bytes, () => mine === awaited).then((reason) => mine === awaited && settle(reason), (error) => {
    console.error("the picture cannot be shown:", error);
    if (mine === awaited) settle("unreadable");
  });
}

const refused = (reason) => `ASK_REFUSALS.${Object.hasOwn(ASK_REFUSALS, reason) ? reason : "failed"}`;

function takeStill() {
  $("take-still").disabled = true;
  sayAsk("still_asked");
  request({ type: "still", view: $("still-view").value }, (reason) => {
    $("take-still").disabled = false;
    sayAsk(reason ? refused(reason) : "still_here");
  });
}

function fetchContent(what) {
  sayAsk("fetch_asked");
  request({ type: "fetch", what }, (reason) => sayAsk(reason ? refused(reason) : ""));
}

/** A button that opens a saved photo or ECG. */
function opener(id, what) {
  const made = element("button", "opener", said("open"));
  made.type = "button";
  made.dataset.open = id;
  made.setAttribute("aria-label", said("open_what", { what }));
  made.onclick = () => fetchContent(id);
  return made;
}

function drawEarlier() {
  const lines = listed.filter((one) => one && typeof one.id === "string" && typeof one.kind === "string").map((one) => {
    const title = titleOf({ ...one, view: one.title });
    const device = (language === "en" && one.device_en) || one.device || "";
    const about = [device, one.intimate ? said("intimate") : ""].filter(Boolean).join(" · ");
    const what = element("div", "what", title, about ? element("small", "", about) : null);
    return element("li", "row prior", what, ["photo", "ecg"].includes(one.kind) ? opener(one.id, title) : null);
  });
  keepingFocus(() => $("earlier").replaceChildren(...(lines.length ? lines : [element("li", "none", said("no_earlier"))])));
}

// -- freezing and pointing ----------------------------------------------------------------------------

function freeze(on) {
  const video = $("remote"), canvas = $("frozen");
  if (on && !video.videoWidth) return;
  if (on) {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
  } else {
    canvas.width = canvas.height = 1;
  }
  canvas.hidden = !on;
  $("stage").classList.toggle("is-frozen", on);
  $("freeze").setAttribute("aria-pressed", String(on));
  put($("freeze"), on ? "unfreeze" : "freeze");
  send({ type: "freeze", on });
}

/** Where the picture stands within the stage: the rest of it is black. */
function pictureBox() {
  const stage = $("stage").getBoundingClientRect();
  const { videoWidth, videoHeight } = $("remote");
  if (!videoWidth) return null;
  const share = Math.min(stage.width / videoWidth, stage.height / videoHeight);
  const width = videoWidth * share, height = videoHeight * share;
  return { left: (stage.width - width) / 2, top: (stage.height - height) / 2, width, height, stage };
}

function placeSpot() {
  const box = spot && pictureBox();
  $("spot").hidden = !box;
  if (!box) return;
  $("spot").style.left = `${box.left + (spot.x * box.width) / 1000}px`;
  $("spot").style.top = `${box.top + (spot.y * box.height) / 1000}px`;
}

function point(x, y) {
  const within = (share) => Math.round(Math.min(1000, Math.max(0, share)));
  spot = { x: within(x), y: within(y) };
  placeSpot();
  const mine = spot;
  wait(Math.max(0, pointedAt + POINT_SECONDS - seconds())).then(() => {
    if (mine !== spot) return; // moved on: only the newest is told
    pointedAt = seconds();
    send({ type: "point", ...spot, shown: true, frozen: !$("frozen").hidden });
    sayAsk("point_at", { x: Math.round(spot.x / 10), y: Math.round(spot.y / 10) });
  });
}

function pointing(on) {
  const was = Boolean(spot);
  spot = on ? { x: 500, y: 500 } : null;
  $("stage").classList.toggle("pointing", on);
  $("point").setAttribute("aria-pressed", String(on));
  put($("point"), on ? "unpoint" : "point");
  placeSpot();
  sayAsk(on ? "point_help" : "");
  if (was && !on) send({ type: "point", shown: false });
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function steer(event) {
  if (!spot) return;
  if (event.key === "Escape") return pointing(false);
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const far = event.shiftKey ? 100 : 20;
  point(spot.x + far * step[0], spot.y + far * step[1]);
}

function pointWithin(event) {
  const box = spot && $("viewer").hidden && pictureBox();
  if (!box) return;
  point((1000 * (event.clientX - box.stage.left - box.left)) / box.width, (1000 * (event.clientY - box.stage.top - box.top)) / box.height);
}

// -- the note -----------------------------------------------------------------------------------------

const whoseNote = (resident) => JSON.stringify([resident.birth_name, resident.given_names, resident.birth_date]);

function saveNote(event) {
  event.preventDefault();
  const text = $("note").value.trim();
  if (!text) return put($("note-said"), "note_empty");
  $("save-note").disabled = true;
  put($("note-said"), "note_sending");
  request({ type: "note", text }, (reason) => {
    $("save-note").disabled = false;
    if (reason) return put($("note-said"), refused(reason));
    if ($("note").value.trim() === text) $("note").value = "";
    put($("note-said"), "note_saved", { time: clockOf(new Date()) });
  });
}

/** A note that was being written when the line went is there again, for the same resident and for nobody else (H3). */
function restoreNote(resident) {
  if (draft && draft.whose === whoseNote(resident) && !$("note").value) $("note").value = draft.text;
  draft = null;
}

function forgetAsks() {
  const text = $("note").value;
  if (text.trim() && last) draft = { whose: whoseNote(last.resident), text };
  $("note").value = "";
  put($("note-said"), "");
  asks = awaited = incoming = null;
  listed = [];
  $("earlier").replaceChildren();
  $("take-still").disabled = $("save-note").disabled = false;
  freeze(false);
  pointing(false);
  sayAsk("");
}

$("take-still").onclick = takeStill;
$("freeze").onclick = () => freeze($("frozen").hidden);
$("point").onclick = () => pointing(!spot);
$("point").onkeydown = steer;
$("stage").onclick = pointWithin;
$("note-row").onsubmit = saveNote;
$("note").oninput = () => put($("note-said"), "note_left", { n: NOTE_MOST - $("note").value.length });
$("remote").onresize = placeSpot;
new ResizeObserver(placeSpot).observe($("stage"));
$("hang-up").addEventListener("click", () => { draft = null; });
FORGOTTEN.push(forgetAsks);
REDRAWN.push(drawEarlier);
