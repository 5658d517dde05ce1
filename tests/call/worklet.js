// Tells each time another of the eight tones is heard, and when: on the clock of the sound, and of the machine.
const TONES = [500, 1250, 750, 1500, 1000, 1750, 625, 1375];
const WINDOW = 960, HOP = 480;

class Listener extends AudioWorkletProcessor {
  constructor() {
    super();
    this.kept = new Float32Array(WINDOW);
    this.fresh = 0;
    this.last = -1;
  }

  heard() {
    let energy = 0;
    for (const one of this.kept) energy += one * one;
    if (energy / WINDOW < 1e-5) return -1;
    let best = -1, most = 0;
    TONES.forEach((hz, at) => {
      const turn = 2 * Math.cos(2 * Math.PI * hz / sampleRate);
      let a = 0, b = 0;
      for (const one of this.kept) [a, b] = [one + turn * a - b, a];
      const power = 2 * (a * a + b * b - turn * a * b) / WINDOW;
      if (power > most) [best, most] = [at, power];
    });
    return most > 0.6 * energy ? best : -1;
  }

  process(inputs) {
    const sound = inputs[0][0];
    if (!sound) return true;
    this.kept.copyWithin(0, sound.length);
    this.kept.set(sound, WINDOW - sound.length);
    this.fresh += sound.length;
    if (this.fresh < HOP) return true;
    this.fresh -= HOP;
    const tone = this.heard();
    if (tone >= 0 && tone !== this.last) {
      this.last = tone;
      this.port.postMessage([currentTime * 1000, Date.now(), tone]);
    }
    return true;
  }
}
registerProcessor('listener', Listener);
