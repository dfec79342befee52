/** The microphone and the loudspeaker of a call in this browser. */
import worklet from "./worklet.js?url&no-inline";

const RATE = 16_000;

/** Why nobody hears what is said here, in words for whoever looks. */
export type NoMicrophone = "refused" | "absent" | "insecure";

export const NO_MICROPHONE: Record<NoMicrophone, string> = {
  refused: "This browser may not use the microphone. Allow it beside the address, or type what you would say.",
  absent: "No microphone was found. Connect one, or type what you would say.",
  insecure: "Browsers give a microphone to pages over https alone. Type what you would say.",
};

export async function microphone(): Promise<MediaStream | NoMicrophone> {
  if (!navigator.mediaDevices) return "insecure";
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } });
  } catch (error) {
    return error instanceof DOMException && error.name === "NotAllowedError" ? "refused" : "absent";
  }
}

export class Speaker {
  clears = 0;
  level = 0;
  #played = 0;
  readonly #node: AudioWorkletNode;
  readonly #context: AudioContext;

  constructor(context: AudioContext) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, "call-speaker", { numberOfInputs: 0, outputChannelCount: [2] });
    this.#node.port.onmessage = ({ data }: MessageEvent<{ clears: number; played: number; level: number }>) => {
      if (data.clears !== this.clears) return;
      this.#played = data.played;
      this.level = data.level;
    };
    this.#node.connect(context.destination);
  }

  /** Samples since the last clear that have left the device too. */
  get played(): number {
    return Math.max(0, this.#played - Math.round((this.#context.outputLatency || 0) * RATE));
  }

  play(samples: Int16Array): void {
    this.#node.port.postMessage({ samples }, [samples.buffer]);
  }

  clear(clears = this.clears + 1): void {
    this.clears = clears;
    this.#played = 0;
    this.level = 0;
    this.#node.port.postMessage({ clear: clears });
  }

  close(): void {
    this.#node.port.postMessage("close");
    this.#node.disconnect();
  }
}

export class Sound {
  muted = false;
  level = 0;
  onFrame: (samples: Int16Array) => void = () => undefined;
  readonly speakers: Speaker[];
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  #stream: MediaStream | undefined;

  /** Within what somebody pressed: browsers are silent otherwise. */
  static async open(speakers: number): Promise<Sound> {
    const context = new AudioContext({ latencyHint: "interactive" });
    await context.audioWorklet.addModule(worklet);
    await context.resume();
    return new Sound(context, speakers);
  }

  private constructor(context: AudioContext, speakers: number) {
    this.#context = context;
    this.speakers = Array.from({ length: speakers }, () => new Speaker(context));
    this.#node = new AudioWorkletNode(context, "call-microphone", { numberOfInputs: 1, channelCount: 1, channelCountMode: "explicit" });
    this.#node.port.onmessage = ({ data }: MessageEvent<{ samples: Int16Array; level: number }>) => {
      this.level = this.muted ? 0 : data.level;
      this.onFrame(this.muted ? new Int16Array(data.samples.length) : data.samples);
    };
    this.#node.connect(context.destination); // it gives nothing out; else it would not run
  }

  hear(stream: MediaStream): void {
    this.#stream = stream;
    this.#context.createMediaStreamSource(stream).connect(this.#node);
  }

  deafen(): void {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.level = 0;
  }

  close(): void {
    this.deafen();
    this.#node.port.postMessage("close");
    this.speakers.forEach((speaker) => speaker.close());
    void this.#context.close();
  }
}
