"use strict";
// What keeps whoever passes the messages on from listening in (T14). The link's fragment, which no server is sent, carries token, secret
// and the short form of the cart's key. The other side is sync/consult/trust.py; both say the same bytes.

const bytesOf = (text) => new TextEncoder().encode(text);
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const fromText = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const digest = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const digestText = async (text) => toText(await digest(bytesOf(text)));
const randomText = () => toText(crypto.getRandomValues(new Uint8Array(16)));

/** The parts of the link, or null where it is not whole. */
function linkParts(hash) {
  const [token, secret, key, ...more] = hash.slice(1).split(".");
  const whole = [token, secret, key].every((part) => /^[A-Za-z0-9_-]{22}$/.test(part ?? "")) && more.length === 0;
  return whole ? { token, secret, key } : null;
}

/** What goes with an offer: `nonce` stays here until the cart has answered. */
async function promise(link, sdp) {
  const nonce = randomText();
  const commitment = await digestText(`telecart number\n${nonce}`);
  const secret = await crypto.subtle.importKey("raw", bytesOf(link.secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const proof = toText(await crypto.subtle.sign("HMAC", secret, bytesOf(`telecart offer\n${commitment}\n${sdp}`)));
  return { nonce, commitment, proof };
}

/** Whether the cart of this link signed this answer to this offer. */
async function isFromCart(link, sdp, promised, answer) {
  try {
    const point = fromText(answer.key);
    if (toText((await digest(point)).slice(0, 16)) !== link.key) return false;
    const key = await crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    const said = ["telecart answer", await digestText(sdp), promised.commitment, await digestText(answer.sdp), answer.nonce].join("\n");
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, fromText(answer.signature), bytesOf(said));
  } catch (error) {
    console.error("the answer is not signed:", error);
    return false;
  }
}

/** The six digits that the cart shows as well. */
async function spokenDigits(sdp, promised, answer) {
  const said = ["telecart digits", await digestText(sdp), await digestText(answer.sdp), promised.nonce, answer.nonce].join("\n");
  const first = new DataView((await digest(bytesOf(said))).buffer).getBigUint64(0);
  return String(first % 1000000n).padStart(6, "0");
}
