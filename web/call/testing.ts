/** A test call from this browser: its socket, its sound, and what it shows. */
import { type Line, type Shown, withShown } from "./lines";
import { microphone, NO_MICROPHONE, Sound } from "./sound";

export type Begun = { socket: string; ticket: string };
export type Stage = "connecting" | "talking" | "over";

export class TestCall {
  stage: Stage = "connecting";
  lines: Line[] = [];
  /** Why it cannot be heard what is said here. */
  unheard: string | null = null;
  why: string | null = null;
  readonly #changed: () => void;
  #sound: Sound | undefined;
  #socket: WebSocket | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Within what somebody pressed. */
  async begin(ask: () => Promise<Begun>): Promise<void> {
    try {
      const [sound, heard] = await Promise.all([Sound.open(1), microphone()]);
      this.#sound = sound;
      if (typeof heard === "string") this.unheard = NO_MICROPHONE[heard];
      else sound.hear(heard);
      if (this.stage === "over") return sound.close(); // left meanwhile
      this.#connect(await ask(), sound);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : "The call could not begin.");
    }
    this.#changed();
  }

  get muted(): boolean {
    return this.#sound?.muted ?? false;
  }

  /** Of what is said here and of what is heard, from 0 to 1. */
  get levels(): [number, number] {
    return [this.#sound?.level ?? 0, this.#sound?.speakers[0]?.level ?? 0];
  }

  mute(muted: boolean): void {
    if (this.#sound) this.#sound.muted = muted;
    this.#changed();
  }

  type(text: string): void {
    this.#say({ type: "typed", text });
  }

  press(key: string): void {
    this.#say({ type: "key", key });
  }

  hangUp(): void {
    this.#say({ type: "hang-up" });
    this.#end(null);
  }

  #connect({ socket: address, ticket }: Begun, sound: Sound): void {
    const socket = (this.#socket = new WebSocket(address));
    const speaker = sound.speakers[0]!;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#say({ type: "start", ticket });
      sound.onFrame = (samples) => {
        if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > 64_000) return;
        const message = new DataView(new ArrayBuffer(8 + samples.byteLength));
        message.setUint32(0, speaker.clears, true);
        message.setUint32(4, speaker.played, true);
        new Int16Array(message.buffer, 8).set(samples);
        socket.send(message.buffer);
      };
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === "string") this.#shown(JSON.parse(data) as Shown);
      else {
        this.#talks();
        speaker.play(new Int16Array(data));
      }
    };
    socket.onclose = ({ reason }) => this.#end(this.stage === "connecting" ? reason || "The call could not begin." : null);
  }

  #shown(shown: Shown): void {
    if (shown.type === "clear") this.#sound?.speakers[0]?.clear(shown.number);
    else if (shown.type === "over") this.#end(null);
    else {
      this.#talks();
      this.lines = withShown(this.lines, shown);
    }
    this.#changed();
  }

  #talks(): void {
    if (this.stage !== "connecting") return;
    this.stage = "talking";
    this.#changed();
  }

  #say(said: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(said));
  }

  #end(why: string | null): void {
    if (this.stage === "over") return;
    this.stage = "over";
    this.why = why;
    this.#sound?.close();
    this.#socket?.close();
    this.#changed();
  }
}
