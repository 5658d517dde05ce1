// Both ends that a browser can be. All times in milliseconds of the machine's clock.
const WIDTH = 1280, HEIGHT = 720, BLOCK = 32, BITS = 32, SLOTS = 60, RATE = 29.85, ECG_MS = 40, ECG_BLOCK_SAMPLES = 10;
const TONES = [500, 1250, 750, 1500, 1000, 1750, 625, 1375];
const now = () => performance.timeOrigin + performance.now();
const video = document.querySelector('#remote');
const frames = [], tones = [], ecg = [], states = [];
let connection, unread = 0, first = null, ecgBegan = 0, ecgTaken = 0, ecgTimer = null, sounds = null, taken = 0, asks = 0;

function bits(milliseconds) {
  const told = milliseconds & 0xFFFFFF;
  const check = ((told >> 16) + 3 * (told >> 8 & 0xFF) + 7 * (told & 0xFF) + 0x5A) & 0xFF;
  const found = [];
  for (let at = 23; at >= 0; at--) found.push(told >> at & 1);
  for (let at = 7; at >= 0; at--) found.push(check >> at & 1);
  return found;
}

async function stampOf(frame) {
  const height = frame.visibleRect.height, scale = height / HEIGHT;
  const rect = {x: 0, y: 0, width: Math.min(frame.visibleRect.width & ~1, 2 * Math.ceil(BITS * BLOCK * scale / 2)), height: Math.max(2, 2 * Math.floor(BLOCK * scale / 2))};
  const bytes = new Uint8Array(frame.allocationSize({rect}));
  const [luma] = await frame.copyTo(bytes, {rect});
  const row = luma.offset + luma.stride * Math.floor(rect.height / 2);
  const found = [];
  for (let at = 0; at < BITS; at++) {
    const x = Math.min(rect.width - 2, Math.floor((at + 0.5) * BLOCK * scale));
    found.push((bytes[row + x - 1] + bytes[row + x] + bytes[row + x + 1]) / 3 > 127 ? 1 : 0);
  }
  let told = 0;
  for (let at = 0; at < 24; at++) told = told << 1 | found[at];
  return bits(told).every((bit, at) => bit === found[at]) ? told : null;
}

function watch() {
  const shown = async (_, about) => {
    video.requestVideoFrameCallback(shown);
    const at = performance.timeOrigin + about.presentationTime;
    if (first === null) first = now();
    const frame = new VideoFrame(video);
    try {
      const stamp = await stampOf(frame);
      if (stamp === null) unread++;
      else frames.push([at, stamp, about.height, performance.timeOrigin + (about.receiveTime ?? NaN), 1000 * (about.processingDuration ?? NaN)]);
    } catch {
      unread++;
    } finally {
      frame.close();
    }
  };
  video.requestVideoFrameCallback(shown);
}

async function listen(track) {
  sounds = new AudioContext({sampleRate: 48000});
  await sounds.audioWorklet.addModule('/worklet.js');
  const listener = new AudioWorkletNode(sounds, 'listener');
  listener.port.onmessage = (told) => tones.push(told.data);
  sounds.createMediaStreamSource(new MediaStream([track])).connect(listener).connect(sounds.destination);
}

function open() {
  connection = new RTCPeerConnection({iceServers: []});
  connection.onconnectionstatechange = () => states.push([now(), connection.connectionState]);
}

async function described(description) {
  await connection.setLocalDescription(description);
  while (connection.iceGatheringState !== 'complete') await new Promise((go) => setTimeout(go, 20));
  return connection.localDescription.sdp;
}

// the frames of the same ring, the stamp drawn into the luma
async function camera(epoch) {
  const ring = new Uint8Array(await (await fetch('/ring')).arrayBuffer());
  const size = ring.length / SLOTS;
  const track = new MediaStreamTrackGenerator({kind: 'video'});
  const writer = track.writable.getWriter();
  let due = performance.now();
  const take = () => {
    const slot = taken++ % SLOTS, at = slot * size;
    const picture = ring.subarray(at, at + size);
    bits(Math.floor(now() - epoch)).forEach((bit, block) => {
      for (let row = 0; row < BLOCK; row++) picture.fill(bit ? 235 : 16, row * WIDTH + block * BLOCK, row * WIDTH + (block + 1) * BLOCK);
    });
    writer.write(new VideoFrame(picture, {format: 'I420', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: Math.round(1000 * performance.now())}));
    due = Math.max(due + 1000 / RATE, performance.now());
    setTimeout(take, due - performance.now());
  };
  take();
  return track;
}

function voice() {
  sounds = new AudioContext({sampleRate: 48000});
  const step = 48000 * 40 / 1000;
  const cycle = sounds.createBuffer(1, step * TONES.length, 48000);
  TONES.forEach((hz, at) => {
    for (let n = 0; n < step; n++) cycle.getChannelData(0)[at * step + n] = 0.3 * Math.sin(2 * Math.PI * hz * n / 48000);
  });
  const source = sounds.createBufferSource();
  source.buffer = cycle;
  source.loop = true;
  const out = sounds.createMediaStreamDestination();
  source.connect(out);
  source.start();
  return out.stream.getAudioTracks()[0];
}

// the page's own end of the ECG: a block counts when each of its samples, of both leads, is there
function listenToHeart(channel) {
  const record = new EcgRecord(), pending = new Set();
  let next = 0;
  channel.binaryType = 'arraybuffer';
  channel.onmessage = ({data}) => {
    record.take(data, now() / 1000);
    const leads = [...record.series.values()];
    if (leads.length < 2) return;
    for (; leads.some((one) => one.head >= (next + 1) * ECG_BLOCK_SAMPLES); next++) pending.add(next);
    for (const block of pending) {
      const from = block * ECG_BLOCK_SAMPLES;
      const whole = (one) => Array.from({length: ECG_BLOCK_SAMPLES}, (_, at) => one.at(from + at)).every((value) => value !== ECG_MISSING);
      if (!leads.every(whole)) continue;
      pending.delete(block);
      ecg.push([now(), block]);
    }
  };
  setInterval(() => {
    const ask = channel.readyState === 'open' ? record.ask(now() / 1000) : null;
    if (!ask) return;
    asks++;
    channel.send(ask);
  }, 100);
}

function heart(channel) {
  ecgBegan = now();
  const beat = () => {
    const message = new Uint8Array(44);
    new DataView(message.buffer).setUint32(0, ecgTaken++, true);
    if (channel.readyState === 'open') channel.send(message);
    ecgTimer = setTimeout(beat, Math.max(0, ecgBegan + ecgTaken * ECG_MS - now()));
  };
  beat();
}

window.bench = {
  async offer() {
    open();
    watch();
    connection.addTransceiver('audio', {direction: 'recvonly'});
    connection.addTransceiver('video', {direction: 'recvonly'});
    connection.createDataChannel('vitals');
    listenToHeart(connection.createDataChannel('ecg', {ordered: false, maxRetransmits: 0}));
    const channel = connection.createDataChannel('heart');
    channel.binaryType = 'arraybuffer';
    channel.onmessage = (told) => ecg.push([now(), new DataView(told.data).getUint32(0, true)]);
    const stream = new MediaStream();
    connection.ontrack = ({track}) => {
      stream.addTrack(track);
      video.srcObject = stream;
      if (track.kind === 'audio') listen(track);
    };
    return described(await connection.createOffer());
  },
  accept: (sdp) => connection.setRemoteDescription({type: 'answer', sdp}),
  async answer({sdp, epoch}) {
    open();
    connection.ondatachannel = ({channel}) => {
      if (channel.label !== 'heart') return;
      if (channel.readyState === 'open') heart(channel);
      else channel.onopen = () => heart(channel);
    };
    await connection.setRemoteDescription({type: 'offer', sdp});
    const tracks = {audio: voice(), video: await camera(epoch)};
    // one stream: sound and picture are kept together, as every sender here asks for
    const stream = new MediaStream(Object.values(tracks));
    for (const one of connection.getTransceivers()) {
      one.sender.setStreams(stream);
      await one.sender.replaceTrack(tracks[one.receiver.track.kind]);
      one.direction = 'sendonly';
    }
    return described(await connection.createAnswer());
  },
  still() {
    clearTimeout(ecgTimer);
    return {ecg_began: ecgBegan, ecg_taken: ecgTaken};
  },
  state: () => ({state: connection.connectionState, frames: frames.length, tones: tones.length, ecg: ecg.length, unread, at: now()}),
  async report() {
    const stats = {};
    (await connection.getStats()).forEach((one) => {
      if (one.type === 'inbound-rtp') {
        stats[one.kind] = Object.fromEntries(['bytesReceived', 'packetsLost', 'framesDecoded', 'freezeCount', 'decoderImplementation',
          'frameHeight', 'nackCount', 'pliCount', 'jitterBufferDelay', 'jitterBufferEmittedCount', 'totalDecodeTime', 'totalProcessingDelay', 'framesDropped', 'concealedSamples', 'totalSamplesReceived'].map((name) => [name, one[name]]));
      }
      if (one.type === 'codec') stats[one.mimeType] = one.sdpFmtpLine || '';
    });
    return {frames, tones, ecg, asks, states, unread, first, stats, at: now()};
  },
};
