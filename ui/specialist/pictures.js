"use strict";
// Pictures and ECGs that the cart sends on the channel of what was asked for: put together, checked against their SHA-256, drawn.
// Nothing is shown of which a byte differs from the cart's original. What is not exactly as announced is thrown away.

const CONTENT_MOST = 24 * 1024 * 1024;
const CHUNK_MOST = 64 * 1024;
const LEADS_MOST = 24;
const PAPER_SECONDS = 60;
const MM = 4; // pixels
const LEAD_MM = 30;

let incoming = null; // what is being received: {head, parts, came}

/** Whether `head` is the beginning of something that the page can show. */
function isHead(head) {
  const whole = Number.isInteger(head.bytes) && head.bytes > 0 && head.bytes <= CONTENT_MOST && /^[0-9a-f]{64}$/.test(head.sha256);
  if (!whole || !["photo", "ecg", "document", "other"].includes(head.kind)) return false;
  const { ecg } = head;
  if (ecg === null) return true;
  const leads = Array.isArray(ecg?.leads) && ecg.leads.length > 0 && ecg.leads.length <= LEADS_MOST && ecg.leads.every((lead) => typeof lead === "string");
  const scaled = Array.isArray(ecg?.scales) && ecg.scales.length === ecg.leads?.length
    && ecg.scales.every((scale) => scale === null || (Array.isArray(scale) && scale.length === 2 && scale.every(Number.isFinite)));
  return leads && scaled && ecg.hertz > 0 && ecg.hertz <= 4000 && head.bytes % (2 * ecg.leads.length) === 0;
}

/** The bytes once all of them came; null before. Raises for more than was announced. */
function gather(chunk) {
  if (!incoming || !(chunk instanceof ArrayBuffer) || chunk.byteLength > CHUNK_MOST) throw new Error("nothing of that size was announced");
  incoming.parts.push(chunk);
  incoming.came += chunk.byteLength;
  if (incoming.came > incoming.head.bytes) throw new Error("more than was announced");
  if (incoming.came < incoming.head.bytes) return null;
  const bytes = new Uint8Array(incoming.head.bytes);
  let at = 0;
  for (const part of incoming.parts) {
    bytes.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return bytes;
}

const hexOf = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

/** A canvas with all of the picture, pixel for pixel. */
async function drawnPicture(bytes) {
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }), { imageOrientation: "none" });
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  return canvas;
}

/** Millimetre paper with every lead below the other, 25 mm/s and 10 mm/mV; the first PAPER_SECONDS. */
function drawnEcg({ leads, hertz, scales }, bytes) {
  const samples = new Int16Array(bytes.buffer);
  const instants = Math.min(samples.length / leads.length, Math.floor(PAPER_SECONDS * hertz));
  const canvas = document.createElement("canvas");
  canvas.className = "ecg-paper";
  canvas.width = Math.max(60 * MM, Math.ceil((instants / hertz) * 25 * MM));
  canvas.height = leads.length * LEAD_MM * MM;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  for (const [every, colour] of [[MM, "#ebebf6"], [5 * MM, "#c9c9e6"]]) {
    pen.fillStyle = colour;
    for (let x = 0; x < canvas.width; x += every) pen.fillRect(x, 0, 1, canvas.height);
    for (let y = 0; y < canvas.height; y += every) pen.fillRect(0, y, canvas.width, 1);
  }
  pen.lineJoin = "round";
  pen.lineWidth = 1.5;
  pen.font = "600 15px sans-serif";
  leads.forEach((lead, number) => {
    const middle = (number + 0.5) * LEAD_MM * MM;
    pen.fillStyle = "#1c2230";
    pen.fillText(scales[number] ? plain(lead) : said("ecg_unscaled", { lead }), 8, number * LEAD_MM * MM + 18);
    if (!scales[number]) return; // without a scale a height would mean nothing (H15)
    const [step, baseline] = scales[number];
    pen.strokeStyle = "#1c2230";
    pen.beginPath();
    for (let at = 0; at < instants; at++) {
      const millivolts = (samples[at * leads.length + number] * step + baseline) / 1000;
      const x = (at / hertz) * 25 * MM, y = middle - millivolts * 10 * MM;
      if (at) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
    pen.stroke();
  });
  return canvas;
}

// -- the viewer ---------------------------------------------------------------------------------------

let openedBy = null; // what has the focus again when the viewer closes

function closeViewer() {
  if ($("viewer").hidden) return;
  $("viewer").hidden = true;
  $("viewer-paper").replaceChildren();
  $("viewer-about").replaceChildren();
  const back = openedBy?.dataset?.open ? document.querySelector(`[data-open="${CSS.escape(openedBy.dataset.open)}"]`) : openedBy;
  back?.focus();
  openedBy = null;
}

/** What a saved thing is called: its kind, view, source and time. */
function titleOf({ kind, view, title, source, taken }) {
  const when = new Date(taken || NaN);
  const seen = VIEWS[view ?? title] ?? plain(view ?? title ?? "");
  const date = Number.isNaN(when.getTime()) ? said("undated") : `${when.toLocaleDateString(LOCALE)} ${clockOf(when)}`;
  return [PRIORS[kind] ?? plain(kind), seen, source ? said("from_source", { source }) : "", date].filter(Boolean).join(" · ");
}

/** Shows what came, where its SHA-256 is that of the cart and it is still `wanted` (H3); the word of why not, else "". */
async function view(head, bytes, wanted) {
  const hash = hexOf(await digest(bytes));
  if (hash !== head.sha256) return "hash";
  let canvas;
  try {
    canvas = head.ecg ? drawnEcg(head.ecg, bytes) : await drawnPicture(bytes);
  } catch (error) {
    console.error("the picture cannot be drawn:", error);
    return "unreadable";
  }
  if (!wanted()) return "closed";
  const title = titleOf(head);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  if ($("viewer").hidden) openedBy = document.activeElement;
  $("viewer-title").textContent = title;
  $("viewer-paper").replaceChildren(canvas);
  $("viewer-paper").classList.toggle("actual", Boolean(head.ecg));
  $("viewer-size").hidden = Boolean(head.ecg);
  put($("viewer-size"), "actual_size");
  $("viewer-size").setAttribute("aria-pressed", "false");
  const cut = head.ecg && bytes.length / 2 / head.ecg.leads.length > PAPER_SECONDS * head.ecg.hertz;
  const size = head.ecg ? said("ecg_scale") + (cut ? ` ${said("ecg_cut", { seconds: PAPER_SECONDS })}` : "") : said("picture_size", { width: canvas.width, height: canvas.height, kilobytes: Math.round(bytes.length / 1024) });
  $("viewer-about").replaceChildren(element("span", "", size), element("span", "hash", said("hash_right", { hash })));
  $("viewer").hidden = false;
  $("viewer").focus();
  return "";
}

$("viewer-close").onclick = closeViewer;
$("viewer-size").onclick = () => {
  const actual = $("viewer-paper").classList.toggle("actual");
  $("viewer-size").setAttribute("aria-pressed", String(actual));
};
$("viewer").onkeydown = (event) => {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  closeViewer();
};
FORGOTTEN.push(() => {
  incoming = null;
  openedBy = null;
  closeViewer();
  $("viewer-title").textContent = "";
});
