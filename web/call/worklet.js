// Sound of a call in the browser's audio thread: 16,000 samples of 16 bits a second outside, the device's own rate within.
const RATE = 16000;
const FRAME = 320; // 20 ms
const STARTS = 960; // samples that wait before something is heard: 60 ms of unevenness on the way
const MOST = RATE * 20;

/** What is said, as frames with their level; quiet where there is no microphone. */
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.due = 0;
    this.power = 0;
    this.open = true;
    this.port.onmessage = ({ data }) => {
      if (data === "close") this.open = false;
    };
  }

  process([input], [output]) {
    const sound = input && input[0];
    const length = sound ? sound.length : output[0].length;
    for (let i = 0; i < length; i++) {
      // The mean of what falls between two samples is the sample.
      this.sum += sound ? sound[i] : 0;
      this.count++;
      this.due += RATE;
      if (this.due < sampleRate) continue;
      this.due -= sampleRate;
      const value = Math.max(-1, Math.min(1, this.sum / this.count));
      this.sum = this.count = 0;
      this.power += value * value;
      this.frame[this.filled++] = Math.round(value * 32767);
      if (this.filled === FRAME) this.leave();
    }
    return this.open;
  }

  leave() {
    const samples = this.frame.slice();
    this.port.postMessage({ samples, level: Math.sqrt(this.power / FRAME) }, [samples.buffer]);
    this.filled = this.power = 0;
  }
}

/** What comes is heard in its order; it tells how much of it was, since the last time that it was cleared. */
class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.waiting = [];
    this.samples = 0;
    this.at = 0; // within the first that waits
    this.playing = false;
    this.idle = 0;
    this.played = 0;
    this.told = 0;
    this.clears = 0;
    this.power = 0;
    this.open = true;
    this.port.onmessage = ({ data }) => {
      if (data === "close") this.open = false;
      else if (data.clear !== undefined) this.clear(data.clear);
      else if (this.samples < MOST) {
        this.waiting.push(data.samples);
        this.samples += data.samples.length;
      }
    };
  }

  clear(clears) {
    this.waiting = [];
    this.samples = this.at = this.played = this.told = 0;
    this.playing = false;
    this.clears = clears;
    this.tell();
  }

  process(_, [output]) {
    const sound = output[0];
    // The end of what was said is shorter than what it takes to begin: it is heard all the same.
    if (!this.playing && this.samples > 0 && (this.samples >= STARTS || ++this.idle > 25)) this.playing = true;
    if (this.playing) this.idle = 0;
    const step = RATE / sampleRate;
    for (let i = 0; i < sound.length; i++) sound[i] = this.playing ? this.next(step) : 0;
    for (let i = 1; i < output.length; i++) output[i].set(sound);
    if (this.played - this.told >= FRAME) this.tell();
    return this.open;
  }

  next(step) {
    const [first, second] = this.waiting;
    const index = Math.floor(this.at);
    const here = first[index];
    const after = index + 1 < first.length ? first[index + 1] : second ? second[0] : here;
    const value = here + (after - here) * (this.at - index);
    this.at += step;
    if (this.at >= first.length) {
      this.at -= first.length;
      this.samples -= first.length;
      this.waiting.shift();
      this.played += first.length;
      if (!this.waiting.length) {
        this.playing = false;
        this.at = 0;
        this.tell();
      }
    }
    const heard = value / 32768;
    this.power = Math.max(heard * heard, this.power * 0.9995);
    return heard;
  }

  tell() {
    this.told = this.played;
    this.port.postMessage({ clears: this.clears, played: this.played + Math.floor(this.at), level: Math.sqrt(this.power) });
  }
}

registerProcessor("call-microphone", Microphone);
registerProcessor("call-speaker", Speaker);
