/** A teammate at a call that goes on: both sides are heard here, and they can speak in the agent's place. */
import { type Line, type Shown, withShown } from "./lines";
import { microphone, NO_MICROPHONE, Sound } from "./sound";
import type { Begun } from "./testing";

const [CALLER, OURS] = [0, 1];

export class Desk {
  stage: "connecting" | "there" | "gone" = "connecting";
  lines: Line[] = [];
  /** Who speaks in the agent's place; one who is not us is somebody else. */
  takenBy: string | null = null;
  isOurs = false;
  why: string | null = null;
  readonly #changed: () => void;
  #sound: Sound | undefined;
  #socket: WebSocket | undefined;
  #asked = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Within what somebody pressed. */
  async join(ask: () => Promise<Begun>): Promise<void> {
    try {
      const sound = await Sound.open(2);
      this.#sound = sound;
      if (this.stage === "gone") return sound.close();
      this.#connect(await ask(), sound);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : "The call cannot be listened to.");
    }
    this.#changed();
  }

  get levels(): number[] {
    return this.#sound ? [this.#sound.speakers[CALLER]!.level, this.isOurs ? this.#sound.level : this.#sound.speakers[OURS]!.level] : [0, 0];
  }

  get muted(): boolean {
    return this.#sound?.muted ?? false;
  }

  mute(muted: boolean): void {
    if (this.#sound) this.#sound.muted = muted;
    this.#changed();
  }

  whisper(text: string): void {
    this.why = null;
    this.#say({ type: "whisper", text });
  }

  async takeOver(): Promise<void> {
    this.why = null;
    const heard = await microphone();
    if (typeof heard === "string") this.why = NO_MICROPHONE[heard].replace(/,? or type .*$/, ".").replace(/Type what .*$/, "");
    else {
      this.#sound?.hear(heard);
      this.#asked = true;
      this.#say({ type: "take-over" });
    }
    this.#changed();
  }

  handBack(): void {
    this.#say({ type: "hand-back" });
  }

  leave(): void {
    this.#end(null);
  }

  #connect({ socket: address, ticket }: Begun, sound: Sound): void {
    const socket = (this.#socket = new WebSocket(address));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#say({ type: "start", ticket });
    sound.onFrame = (samples) => {
      if (this.isOurs && socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 64_000) socket.send(samples);
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === "string") this.#shown(JSON.parse(data) as Shown);
      else sound.speakers[new Uint8Array(data, 0, 1)[0]!]?.play(new Int16Array(data.slice(1)));
    };
    socket.onclose = ({ reason }) => this.#end(this.stage === "connecting" ? reason || "The call cannot be listened to." : null);
  }

  #shown(shown: Shown): void {
    switch (shown.type) {
      case "ready":
        this.stage = "there";
        this.takenBy = shown.taken_by;
        break;
      case "clear":
        this.#sound?.speakers[OURS]?.clear();
        break;
      case "taken":
        this.takenBy = shown.by;
        this.isOurs = this.#asked;
        break;
      case "handed_back":
        this.takenBy = null;
        this.#silence();
        break;
      case "refused":
        this.why = shown.why.charAt(0).toUpperCase() + shown.why.slice(1);
        if (!this.isOurs) this.#silence();
        break;
      case "over":
        return this.#end(null);
    }
    this.lines = withShown(this.lines, shown);
    this.#changed();
  }

  #silence(): void {
    this.isOurs = this.#asked = false;
    this.#sound?.deafen();
    if (this.#sound) this.#sound.muted = false;
  }

  #say(said: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(said));
  }

  #end(why: string | null): void {
    if (this.stage === "gone") return;
    this.stage = "gone";
    this.why = why;
    this.isOurs = false;
    this.takenBy = null;
    this.#sound?.close();
    this.#socket?.close();
    this.#changed();
  }
}
