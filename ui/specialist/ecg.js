"use strict";
// The running ECG of the call: what came of it, and what is missing and asked for again. The bytes are those of
// sync/consult/ecg/messages.py; what is not exactly that is thrown away. No DOM in here.

const ECG_LARGEST = 1100, ECG_PARTS = 16, ECG_RANGES = 32, ECG_SAMPLES = 1000, ECG_SERIES = 16, ECG_HERTZ = 2000;
const ECG_KEPT = 4 * 1024 * 1024; // samples of all series; the oldest are forgotten first, as on the cart
const ECG_ABSENT = -(2 ** 31); // the cart itself has not got it
const ECG_MISSING = 1 - 2 ** 31; // it has not come yet
const ECG_BACK_SECONDS = 60; // how far back a page that comes in late asks
const ECG_PATIENCE = 0.15; // what comes along again with the next messages is not asked for
const ECG_AGAIN = 0.6;
const ECG_AGAIN_MOST = 3;
const ECG_BLOCK = 64; // samples that share one date of asking

/** One lead without a break. Samples are numbered; `begin` to `head` are of interest, `low` is the first that has not come. */
class EcgSeries {
  constructor({ number, label, hertz, scaled }, begin) {
    Object.assign(this, { number, label, hertz, scaled, begin, head: begin, low: begin, came: 0, absent: 0, since: 0 });
    this.samples = new Int32Array(4096).fill(ECG_MISSING);
    this.asked = new Map(); // block: when it may be asked for again, and how often it was
    this.heads = []; // when the head was where, for the patience
  }

  at(number) {
    return number >= this.begin && number < this.head ? this.samples[number - this.begin] : ECG_MISSING;
  }

  reach(head, now) {
    if (head <= this.head) return;
    this.head = head;
    this.heads.push([now, head]);
    const wanted = head - this.begin;
    if (wanted > this.samples.length) {
      const wider = new Int32Array(Math.max(wanted, 2 * this.samples.length)).fill(ECG_MISSING);
      wider.set(this.samples);
      this.samples = wider;
    }
  }

  put(number, value) {
    const at = number - this.begin;
    if (at < 0 || number >= this.head || this.samples[at] !== ECG_MISSING) return;
    this.samples[at] = value;
    this.came += 1;
    if (value === ECG_ABSENT) this.absent += 1;
  }

  /** What the cart has forgotten never comes. */
  gone(begin) {
    for (let number = this.low; number < Math.min(begin, this.head); number++) this.put(number, ECG_ABSENT);
  }

  settle() {
    while (this.low < this.head && this.samples[this.low - this.begin] !== ECG_MISSING) this.low += 1;
    for (const block of this.asked.keys()) if ((block + 1) * ECG_BLOCK <= this.low) this.asked.delete(block);
  }

  forget(count) {
    const through = this.begin + count;
    for (let number = this.begin; number < through; number++) {
      this.came -= this.at(number) !== ECG_MISSING;
      this.absent -= this.at(number) === ECG_ABSENT;
    }
    this.samples.copyWithin(0, count);
    this.samples.fill(ECG_MISSING, this.samples.length - count);
    this.begin = through;
    this.low = Math.max(this.low, through);
  }

  /** [first, count] of what is missing and may be asked for now, newest first, at most `most`. */
  wanted(now, most) {
    while (this.heads.length > 1 && now - this.heads[1][0] >= ECG_PATIENCE) this.heads.shift();
    const end = this.heads.length && now - this.heads[0][0] >= ECG_PATIENCE ? this.heads[0][1] : this.low;
    const found = [];
    let run = 0;
    for (let number = end - 1; number >= this.low - 1 && found.length < most; number--) {
      const free = number >= this.low && this.free(number, now);
      const missing = free && this.samples[number - this.begin] === ECG_MISSING;
      if (missing) run += 1;
      if (run && (!missing || run === ECG_SAMPLES)) {
        found.push([missing ? number : number + 1, run]);
        run = 0;
      }
      if (!free) number = Math.floor(number / ECG_BLOCK) * ECG_BLOCK; // the whole block waits for its answer
    }
    for (const [first, count] of found) this.noted(first, count, now);
    return found;
  }

  free(number, now) {
    return now >= (this.asked.get(Math.floor(number / ECG_BLOCK))?.until ?? 0);
  }

  noted(first, count, now) {
    for (let block = Math.floor(first / ECG_BLOCK); block * ECG_BLOCK < first + count; block++) {
      const before = this.asked.get(block);
      if (before?.at === now) continue;
      const times = Math.min((before?.times ?? 0) + 1, 8);
      this.asked.set(block, { at: now, until: now + Math.min(ECG_AGAIN * times, ECG_AGAIN_MOST), times });
    }
  }
}

/** Everything of one call. Times in seconds, of any clock that only grows. */
class EcgRecord {
  constructor() {
    this.series = new Map();
    this.heard = -Infinity; // when the last new sample came
    this.refused = 0; // messages that were none
  }

  /** True when something new came. Throws RangeError for what is no message of the cart: nothing of it is taken. */
  take(buffer, now) {
    let parts;
    try {
      parts = ecgParts(buffer);
    } catch (error) {
      this.refused += 1;
      throw error;
    }
    let fresh = false;
    for (const part of parts) fresh = this.takePart(part, now) || fresh;
    if (fresh) this.heard = now;
    return fresh;
  }

  takePart(part, now) {
    let one = this.series.get(part.number);
    if (!one) {
      const back = Math.max(part.begin, part.head - Math.ceil(ECG_BACK_SECONDS * part.hertz));
      one = new EcgSeries(part, back);
      one.since = now;
      this.series.set(part.number, one);
      if (this.series.size > ECG_SERIES) this.series.delete(Math.min(...this.series.keys()));
    }
    if (one.label !== part.label || one.hertz !== part.hertz || one.scaled !== part.scaled) return false; // a series never changes
    // no lead runs ahead of the clock: a head beyond that would only cost memory
    if (part.head > one.begin + part.hertz * (2 * (now - one.since) + 2 * ECG_BACK_SECONDS + 60)) return false;
    const before = one.came;
    one.reach(part.head, now);
    part.samples.forEach((value, at) => one.put(part.first + at, value));
    one.gone(part.begin);
    one.settle();
    this.bound();
    return one.came > before;
  }

  bound() {
    let kept = 0;
    for (const one of this.series.values()) kept += one.head - one.begin;
    if (kept <= ECG_KEPT) return;
    const longest = [...this.series.values()].reduce((a, b) => (b.head - b.begin > a.head - a.begin ? b : a));
    longest.forget(1 + Math.floor((longest.head - longest.begin) / 8));
  }

  /** A message that asks for what is missing, or null. */
  ask(now) {
    const ranges = [];
    for (const one of this.series.values()) {
      for (const [first, count] of one.wanted(now, ECG_RANGES - ranges.length)) ranges.push([one.number, first, count]);
    }
    if (!ranges.length) return null;
    const message = new DataView(new ArrayBuffer(2 + 8 * ranges.length));
    message.setUint8(0, 2);
    message.setUint8(1, ranges.length);
    ranges.forEach(([number, first, count], at) => {
      message.setUint16(2 + 8 * at, number, true);
      message.setUint32(4 + 8 * at, first, true);
      message.setUint16(8 + 8 * at, count, true);
    });
    return message.buffer;
  }

  /** Share of what was taken that is here, 0 to 1; null before the first sample. */
  complete() {
    let came = 0, taken = 0;
    for (const one of this.series.values()) {
      came += one.came;
      taken += one.head - one.begin;
    }
    return taken ? came / taken : null;
  }
}

/** The parts of a message of the cart. Throws RangeError. */
function ecgParts(buffer) {
  const nonsense = (what) => { throw new RangeError(`no ECG message: ${what}`); };
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength > ECG_LARGEST) nonsense("size");
  const data = new DataView(buffer); // reads beyond its end throw RangeError
  if (data.getUint8(0) !== 1) nonsense("kind");
  const many = data.getUint8(1), parts = [];
  if (many > ECG_PARTS) nonsense("parts");
  let at = 2;
  for (let n = 0; n < many; n++) {
    const number = data.getUint16(at, true), told = data.getUint8(at + 2), length = told & 127, scaled = told < 128;
    if (length > 8) nonsense("label");
    let label = "";
    for (let one = 0; one < length; one++) label += String.fromCharCode(data.getUint8(at + 3 + one));
    if (!/^[A-Za-z0-9]*$/.test(label)) nonsense("label");
    at += 3 + length;
    const hertz = data.getFloat32(at, true), head = data.getUint32(at + 4, true), begin = data.getUint32(at + 8, true);
    const first = data.getUint32(at + 12, true), count = data.getUint16(at + 16, true);
    at += 18;
    if (!(hertz > 0 && hertz <= ECG_HERTZ)) nonsense("rate");
    if (count > ECG_SAMPLES || begin > first || first + count > head) nonsense("numbers");
    const samples = new Int32Array(count);
    for (let one = 0; one < count; one++) {
      let step = one ? data.getInt8(at++) : -128, value = NaN;
      if (step === -128) {
        value = data.getInt32(at, true);
        at += 4;
      } else {
        if (step === -127) {
          step = data.getInt16(at, true);
          at += 2;
        }
        if (samples[one - 1] === ECG_ABSENT) nonsense("step");
        value = samples[one - 1] + step;
      }
      if (value === ECG_MISSING || value > 2 ** 31 - 3 || value < ECG_ABSENT) nonsense("value");
      samples[one] = value;
    }
    parts.push({ number, label, hertz, scaled, head, begin, first, samples });
  }
  if (at !== buffer.byteLength) nonsense("rest");
  return parts;
}
