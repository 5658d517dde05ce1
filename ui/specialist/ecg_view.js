"use strict";
// The running ECG on millimetre paper: 25 mm/s, 10 mm/mV, the newest overwriting the oldest from left to right. What has not come is a
// hatched gap until it is filled in, what the device lost stays a grey one: never a line (H15). Loaded after ecg.js.

const ECG_WORDS = {
  fr: {
    title: "ECG en direct", scale: "25 mm/s · 10 mm/mV", unscaled: "25 mm/s · amplitude non étalonnée", leads: "Dérivations", unnamed: "Voie",
    came: (share) => `${share} % reçus`, waiting: (time) => `${time} s en attente`, lost: (time) => `${time} s perdues`,
    silent: (time) => `Plus rien depuis ${time} s`, beyond: "tracé hors du cadre",
    about: (lead, hertz, scale, figures) => `ECG, ${lead}, ${hertz} Hz, ${scale}. ${figures}.`,
    zone: "Hachuré : en attente, sera complété. Gris : perdu par l’appareil. Ni un moniteur ni une alarme.",
  },
  en: {
    title: "Live ECG", scale: "25 mm/s · 10 mm/mV", unscaled: "25 mm/s · amplitude not calibrated", leads: "Leads", unnamed: "Channel",
    came: (share) => `${share} % received`, waiting: (time) => `${time} s on their way`, lost: (time) => `${time} s lost`,
    silent: (time) => `Nothing for ${time} s`, beyond: "trace beyond the frame",
    about: (lead, hertz, scale, figures) => `ECG, ${lead}, ${hertz} Hz, ${scale}. ${figures}.`,
    zone: "Hatched: on its way, will be filled in. Grey: lost by the device. Neither a monitor nor an alarm.",
  },
};
const ECG_MM = 96 / 25.4; // CSS pixels
const ECG_PULSE_MM = 10; // what the calibration pulse takes on the left
const ECG_CLEARED = 0.25; // seconds wiped ahead of the newest
const ECG_ONE_MM = 34, ECG_MORE_MM = 30; // height of a lead
const ECG_SILENT = 2;
const ECG_DRIFT_MM = 5; // off the middle before the trace is centred anew

const ecgWords = () => ECG_WORDS[document.documentElement.lang.slice(0, 2)] ?? ECG_WORDS.fr;
const ecgDecimal = (number, places) => number.toFixed(places).replace(".", ecgWords() === ECG_WORDS.fr ? "," : ".");
/** Never rounded up to a hundred. */
const ecgPercent = (share) => (share === 1 ? "100" : ecgDecimal(Math.floor(share * 1000) / 10, 1));

class EcgPanel {
  constructor(record) {
    this.record = record;
    this.shown = null; // labels that the doctor chose; null: the first there is
    this.places = new Map();
    this.buttons = "";
    this.section = document.createElement("section");
    this.section.id = "ecg";
    this.section.hidden = true;
    const made = (name, id, within = this.section) => {
      const element = document.createElement(name);
      element.id = id;
      within.append(element);
      return element;
    };
    const head = made("div", "ecg-head");
    this.title = made("h2", "ecg-title", head);
    this.scale = made("p", "ecg-scale", head);
    this.leads = made("div", "ecg-leads", head);
    this.figures = made("p", "ecg-figures", head);
    this.leads.setAttribute("role", "group");
    this.canvas = made("canvas", "ecg-canvas");
    this.canvas.setAttribute("role", "img");
    this.zone = made("p", "ecg-zone");
    const below = document.getElementById("tools");
    if (below) below.before(this.section);
    else document.querySelector("main").append(this.section);
  }

  /** The newest series of each lead, lead II first. */
  running() {
    const newest = new Map();
    for (const one of this.record.series.values()) {
      if (!(newest.get(one.label)?.number > one.number)) newest.set(one.label, one);
    }
    const order = ["II", "I", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
    const rank = (one) => (order.includes(one.label) ? order.indexOf(one.label) : order.length);
    return [...newest.values()].sort((a, b) => rank(a) - rank(b) || a.number - b.number);
  }

  chosen(running) {
    const found = running.filter((one) => this.shown?.has(one.label));
    return found.length ? found : running.slice(0, 1);
  }

  name(one) {
    return one.label || ecgWords().unnamed;
  }

  /** Words and figures, once in a while. */
  tell(now) {
    const running = this.running();
    this.section.hidden = !running.length;
    if (!running.length) return;
    const words = ecgWords(), chosen = this.chosen(running);
    this.title.textContent = words.title;
    this.scale.textContent = chosen.every((one) => one.scaled) ? words.scale : words.unscaled;
    this.zone.textContent = words.zone;
    this.section.setAttribute("aria-label", words.title);
    this.leads.setAttribute("aria-label", words.leads);
    const buttons = JSON.stringify(running.map((one) => [this.name(one), chosen.includes(one)]));
    if (buttons !== this.buttons) this.offer(running, chosen, buttons);
    const every = [...this.record.series.values()];
    const waiting = Math.max(0, ...every.map((one) => (one.head - one.begin - one.came) / one.hertz));
    const lost = Math.max(0, ...every.map((one) => one.absent / one.hertz));
    const silence = now - this.record.heard;
    const figures = [words.came(ecgPercent(this.record.complete()))];
    if (waiting > 0) figures.push(words.waiting(ecgDecimal(Math.max(waiting, 0.1), 1)));
    if (lost > 0) figures.push(words.lost(ecgDecimal(Math.max(lost, 0.1), 1)));
    if (silence > ECG_SILENT) figures.unshift(words.silent(Math.round(silence)));
    if (this.beyond) figures.push(words.beyond);
    this.section.classList.toggle("silent", silence > ECG_SILENT);
    this.figures.textContent = figures.join(" · ");
    this.figures.dataset.share = String(this.record.complete());
    const leads = chosen.map((one) => this.name(one)).join(", ");
    this.canvas.setAttribute("aria-label", words.about(leads, Math.round(chosen[0].hertz), this.scale.textContent, figures.join(", ")));
  }

  offer(running, chosen, buttons) {
    this.buttons = buttons;
    const focused = this.leads.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.leads.replaceChildren(...running.map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.name(one);
      button.setAttribute("aria-pressed", String(chosen.includes(one)));
      button.onclick = () => {
        this.shown ??= new Set(this.chosen(this.running()).map(({ label }) => label));
        if (!this.shown.delete(one.label)) this.shown.add(one.label);
        this.tell(seconds());
        this.draw();
      };
      return button;
    }));
    this.leads.hidden = running.length < 2;
    if (focused !== null) [...this.leads.children].find(({ textContent }) => textContent === focused)?.focus();
  }

  draw() {
    const running = this.running();
    if (!running.length || this.section.hidden) return;
    const chosen = this.chosen(running), ratio = window.devicePixelRatio || 1;
    const lane = (chosen.length > 1 ? ECG_MORE_MM : ECG_ONE_MM) * ECG_MM;
    const width = this.canvas.clientWidth, height = Math.round(lane * chosen.length);
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.height = `${height}px`;
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.paper(pen, width, height);
    this.beyond = false;
    chosen.forEach((one, place) => this.lead(pen, one, width, place * lane, lane));
  }

  paper(pen, width, height) {
    pen.fillStyle = "#fffdfb";
    pen.fillRect(0, 0, width, height);
    for (const [every, colour] of [[1, "#f7e3dc"], [5, "#eebfb0"]]) {
      pen.beginPath();
      for (let x = 0; x * ECG_MM <= width; x += every) { pen.moveTo(x * ECG_MM, 0); pen.lineTo(x * ECG_MM, height); }
      for (let y = 0; y * ECG_MM <= height; y += every) { pen.moveTo(0, y * ECG_MM); pen.lineTo(width, y * ECG_MM); }
      pen.strokeStyle = colour;
      pen.lineWidth = every === 1 ? 0.6 : 0.9;
      pen.stroke();
    }
  }

  lead(pen, one, width, top, lane) {
    const middle = top + 0.6 * lane, left = ECG_PULSE_MM * ECG_MM, room = width - left;
    const perSecond = 25 * ECG_MM, window_ = Math.max(1, Math.floor((room / perSecond) * one.hertz));
    const cleared = Math.ceil(ECG_CLEARED * one.hertz);
    const from = Math.max(one.begin, one.head - window_ + cleared);
    const { centre, perMillimetre } = this.laid(one, from);
    const x = (number) => left + (number % window_) * (perSecond / one.hertz);
    const y = (value) => middle - ((value - centre) / perMillimetre) * ECG_MM;
    if (one.scaled) this.pulse(pen, middle);
    let stroke = null; // what is under way: "line", or the kind of a gap with where it began
    const end = (number) => {
      if (stroke === null) return;
      if (stroke.kind === "line") pen.stroke();
      else this.gap(pen, stroke.kind, x(stroke.first), x(number - 1) + perSecond / one.hertz, top, lane);
      stroke = null;
    };
    pen.lineJoin = "round";
    for (let number = from; number < one.head; number++) {
      const value = one.at(number);
      const kind = value === ECG_MISSING ? "missing" : value === ECG_ABSENT ? "absent" : "line";
      if (stroke && (stroke.kind !== kind || number % window_ === 0)) end(number);
      if (kind === "line") {
        if (y(value) < top || y(value) > top + lane) this.beyond = true;
        if (stroke) pen.lineTo(x(number), y(value));
        else {
          pen.strokeStyle = "#14171f";
          pen.lineWidth = 1.4;
          pen.beginPath();
          pen.moveTo(x(number), y(value));
        }
      }
      stroke ??= { kind, first: number };
    }
    end(one.head);
    pen.fillStyle = "#14171f";
    pen.font = "600 14px system-ui, sans-serif";
    pen.fillText(this.name(one), 6, top + 18);
  }

  /** What the trace is laid around, so that a wandering baseline stays in sight: it moves in steps, the shape is untouched. A device
   *  without a unit gets as many of its steps to the millimetre as make what is in sight some 15 mm high. */
  laid(one, from) {
    const before = this.places.get(one.number) ?? { centre: 0, perMillimetre: one.scaled ? 100 : 0 };
    const some = [];
    for (let number = from; number < one.head; number += one.scaled ? 8 : 1) {
      const value = one.at(number);
      if (value !== ECG_MISSING && value !== ECG_ABSENT) some.push(value);
    }
    if (!some.length) return { ...before, perMillimetre: before.perMillimetre || 1 };
    some.sort((a, b) => a - b);
    const median = some[some.length >> 1], high = (some.at(-1) - some[0]) / 15;
    const after = { ...before };
    if (!one.scaled && (high > 1.3 * before.perMillimetre || high < 0.5 * before.perMillimetre)) after.perMillimetre = Math.max(high, 1e-3);
    if (Math.abs(median - before.centre) > ECG_DRIFT_MM * after.perMillimetre) after.centre = median;
    this.places.set(one.number, after);
    return after;
  }

  /** 1 mV, 200 ms. */
  pulse(pen, middle) {
    const [a, b, end] = [2.5, 7.5, 9.5].map((mm) => mm * ECG_MM), up = middle - 10 * ECG_MM;
    pen.beginPath();
    [[0.5 * ECG_MM, middle], [a, middle], [a, up], [b, up], [b, middle], [end, middle]].forEach(([x, y]) => pen.lineTo(x, y));
    pen.strokeStyle = "#5a6072";
    pen.lineWidth = 1.2;
    pen.stroke();
  }

  gap(pen, kind, from, to, top, lane) {
    pen.save();
    pen.beginPath();
    pen.rect(from, top, Math.max(1.5, to - from), lane);
    pen.clip();
    pen.fillStyle = kind === "absent" ? "#cfd2da" : "#eef0f6";
    pen.fillRect(from, top, Math.max(1.5, to - from), lane);
    if (kind === "missing") {
      pen.strokeStyle = "#8a90a3";
      pen.lineWidth = 1;
      pen.beginPath();
      for (let x = from - lane; x < to; x += 8) { pen.moveTo(x, top + lane); pen.lineTo(x + lane, top); }
      pen.stroke();
    }
    pen.restore();
  }

  forget() {
    this.section.remove();
  }
}

/** Opens the ECG's channel on `peer`, before its offer is made. When `over` is aborted all of it is wiped from the page (H3). */
function mountEcg(peer, over) {
  const channel = peer.createDataChannel("ecg", { ordered: false, maxRetransmits: 0 });
  channel.binaryType = "arraybuffer";
  const record = new EcgRecord(), panel = new EcgPanel(record);
  let changed = false, toldAt = 0, told = false;
  channel.onmessage = ({ data }) => {
    try {
      changed = record.take(data, seconds()) || changed;
    } catch (error) {
      if (!told) console.error("unreadable ECG message:", error);
      told = true;
    }
  };
  const asking = setInterval(() => {
    const ask = channel.readyState === "open" ? record.ask(seconds()) : null;
    if (ask) channel.send(ask);
  }, 100);
  const drawing = setInterval(() => {
    const now = seconds();
    if (now - toldAt >= 1) {
      toldAt = now;
      panel.tell(now);
      changed ||= !panel.section.hidden;
    }
    if (changed && !document.hidden) panel.draw();
    changed = false;
  }, 40);
  const forget = () => {
    clearInterval(asking);
    clearInterval(drawing);
    channel.onmessage = null;
    record.series.clear();
    panel.forget();
    if (window.telecartEcg === record) window.telecartEcg = null;
  };
  if (over.aborted) forget();
  else {
    over.addEventListener("abort", forget, { once: true });
    window.telecartEcg = record; // for tests and for whoever looks into a bad line, as window.telecart
  }
}
