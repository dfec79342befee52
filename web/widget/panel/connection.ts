// How replies come: one event stream for all tabs of a chat, asked every 2.5 seconds where streams do not get through.

import type { Api, FileIn, MessageOut } from "./api";

const POLL = 2_500; // milliseconds
const SOON = 1_000;
const POLL_HIDDEN = 15_000;
const SAFETY = 30_000; // beside a stream that works
const OVERLAP = 60_000; // what was said so long before the last message is asked for again: it may be stored after it
const PATIENCE = 4_000; // until a stream that says nothing is helped out
const SHY = 30_000; // so long after a message of ours an unproved stream is not relied on

/** A message of the visitor's as the tab that sent it has it. */
export interface Own {
  id: string;
  text: string;
  files: Pick<FileIn, "filename">[];
}

type Heard = { type: "message"; message: MessageOut } | { type: "typing" } | { type: "own"; own: Own };

export interface Listener {
  heard(message: MessageOut): void;
  own(message: Own): void;
  typing(): void;
  reachable(isReachable: boolean): void;
  last(): string | undefined;
}

export class Connection {
  private readonly name: string;
  private readonly others: BroadcastChannel | null;
  private stream: EventSource | null = null;
  private proved = false; // something came by the stream: nothing on the way holds it back
  private opened = 0;
  private timer = 0;
  private awake = 0; // until when an unproved stream is helped out
  private other = 0; // until when another tab has just written
  private unordered = 0; // until when both have: what order it has, the server says
  private leaves: () => void = () => undefined; // gives the lead to another tab
  private isOver = false;

  constructor(
    private readonly api: Api,
    private readonly listener: Listener,
  ) {
    this.name = `dynaris:${api.session}`;
    this.others = "BroadcastChannel" in window ? new BroadcastChannel(this.name) : null;
    this.others?.addEventListener("message", ({ data }: MessageEvent<Heard>) => this.take(data));
    addEventListener("online", this.now);
    addEventListener("visibilitychange", this.now);
    this.lead();
    void this.ask();
  }

  close(): void {
    this.isOver = true;
    this.stream?.close();
    this.others?.close();
    clearTimeout(this.timer);
    removeEventListener("online", this.now);
    removeEventListener("visibilitychange", this.now);
    this.leaves();
  }

  get session(): string {
    return this.name.slice("dynaris:".length);
  }

  /** This tab has the stream: what is done once for all tabs is done here. */
  get isLeading(): boolean {
    return this.stream !== null;
  }

  /** It was stored: other tabs show it, and an answer is expected. */
  sent(own: Own): void {
    this.others?.postMessage({ type: "own", own } satisfies Heard);
    this.awake = Date.now() + SHY;
    if (Date.now() < this.other) this.askForOrder();
    else if (!this.proved) this.plan(POLL);
  }

  private readonly now = () => {
    if (document.visibilityState === "visible") void this.ask();
  };

  /** One tab has the stream; the lock passes on when it is closed. Without locks each tab has its own. */
  private lead(): void {
    if (!("locks" in navigator)) {
      this.listen();
      return;
    }
    const held = () =>
      new Promise<void>((leave) => {
        this.leaves = leave;
        if (this.isOver) leave();
        else this.listen();
      });
    void navigator.locks.request(this.name, held).catch(() => this.listen());
  }

  private listen(): void {
    if (this.isOver) return;
    const after = this.from();
    const query = { session_id: this.api.session, ...(after ? { after } : {}) };
    this.opened = Date.now();
    const stream = (this.stream = new EventSource(this.api.address("sse", query)));
    stream.onmessage = ({ data }: MessageEvent<string>) => {
      this.proved = true;
      const { type, data: said } = JSON.parse(data) as { type: string; data: { message: MessageOut } };
      if (type === "chat_typing") this.tell({ type: "typing" });
      if (type === "chat_new_message") this.tell({ type: "message", message: said.message });
    };
    stream.onerror = () => {
      this.plan(POLL);
      if (stream.readyState !== EventSource.CLOSED) return; // the browser connects again by itself
      setTimeout(() => this.listen(), 30_000);
    };
    setTimeout(() => this.plan(POLL), PATIENCE);
  }

  private tell(heard: Heard): void {
    this.others?.postMessage(heard);
    this.take(heard);
  }

  private take(heard: Heard): void {
    if (heard.type === "typing") this.listener.typing();
    else if (heard.type === "own") {
      this.listener.own(heard.own);
      this.other = Date.now() + SHY;
      if (Date.now() < this.awake) this.askForOrder();
    } else this.listener.heard(heard.message);
  }

  /** Soon, and again for a while: what was taken from both may not be stored yet. */
  private askForOrder(): void {
    this.unordered = Date.now() + SHY;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), SOON);
  }

  private get works(): boolean {
    if (this.stream === null) return "locks" in navigator; // another tab listens
    if (this.stream.readyState !== EventSource.OPEN) return false;
    return this.proved || (Date.now() > this.awake && Date.now() - this.opened < 60_000);
  }

  private plan(after: number): void {
    clearTimeout(this.timer);
    if (this.isOver) return;
    const pause = this.works && Date.now() > this.unordered ? SAFETY : document.visibilityState === "hidden" ? POLL_HIDDEN : after;
    this.timer = window.setTimeout(() => void this.ask(), pause);
  }

  /** A cursor shortly before the last message: ids begin with their milliseconds. */
  private from(): string | undefined {
    const last = this.listener.last();
    if (!last) return undefined;
    const at = Math.max(0, parseInt(last.replace("-", "").slice(0, 12), 16) - OVERLAP);
    const time = at.toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
  }

  private async ask(): Promise<void> {
    try {
      for (const message of await this.api.messages(this.from())) this.tell({ type: "message", message });
      this.listener.reachable(true);
    } catch (error) {
      if (error instanceof TypeError) this.listener.reachable(false);
    }
    this.plan(POLL);
  }
}
