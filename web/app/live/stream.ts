/**
 * What changes in the workspace, as it happens: one event stream for all tabs of a browser.
 *
 * The tab that holds a lock listens and tells the others; when it closes, the next one goes on from the last position
 * that all of them have heard. Browsers allow six connections to a server over HTTP/1.1: a stream a tab would use them up.
 */

export type Change = { kind: string; ids: string[] | null };
export type LiveState = "connecting" | "live" | "lost";
type Told = { type: "change"; change: Change; position: string } | { type: "state"; state: LiveState } | { type: "ask" };

const RETRY_MS = 2_000;
const SILENCE_MS = 35_000; // two beats of the server, and some more
const LOCK = "dynaris-live";

class LiveStream {
  state: LiveState = "connecting";
  /** At first that of the page: what changed between its making and the stream's opening is told, too. */
  private position = document.querySelector<HTMLMetaElement>('meta[name="live-position"]')?.content ?? "";
  private readonly handlers = new Set<(change: Change) => void>();
  private readonly watchers = new Set<() => void>();
  private readonly tabs = "BroadcastChannel" in window ? new BroadcastChannel(LOCK) : null;
  private leads = false;
  private source: EventSource | undefined;
  /** The next look: at whether something was heard, or at whether it can be opened again. */
  private timer = 0;

  start(): void {
    if (this.tabs) {
      this.tabs.onmessage = ({ data }: MessageEvent<Told>) => this.heard(data);
      this.tabs.postMessage({ type: "ask" } satisfies Told);
    }
    // Without locks (a plain http address on a network) every tab listens for itself.
    if (this.tabs && navigator.locks) void navigator.locks.request(LOCK, () => this.lead());
    else void this.lead();
  }

  onChange(handler: (change: Change) => void): () => void {
    this.handlers.add(handler);
    return () => void this.handlers.delete(handler);
  }

  readonly onState = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  };

  private heard(told: Told): void {
    if (told.type === "change") this.take(told.change, told.position);
    else if (told.type === "state") this.setState(told.state);
    else if (this.leads) this.tell({ type: "state", state: this.state });
  }

  private tell(told: Told): void {
    this.tabs?.postMessage(told);
  }

  private take(change: Change, position: string): void {
    if (position) this.position = position;
    for (const handler of this.handlers) handler(change);
  }

  private setState(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }

  /** Never resolves: the lock is held until the tab closes. */
  private lead(): Promise<never> {
    this.leads = true;
    this.listen();
    window.addEventListener("offline", () => this.lose());
    window.addEventListener("online", () => this.listen());
    return new Promise<never>(() => undefined);
  }

  /** From the last position; a stream that is open is left. */
  private listen(): void {
    this.source?.close();
    const source = new EventSource(`/api/live?after=${encodeURIComponent(this.position)}`);
    this.source = source;
    this.hear();
    source.onopen = () => {
      this.hear();
      this.become("live");
    };
    source.addEventListener("beat", () => this.hear());
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      this.hear();
      const change = JSON.parse(data) as Change;
      this.take(change, lastEventId);
      this.tell({ type: "change", change, position: lastEventId });
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.lose();
      else this.become("lost"); // the browser tries again by itself
    };
  }

  private become(state: LiveState): void {
    this.setState(state);
    this.tell({ type: "state", state });
  }

  /** A connection that was cut without a word stays open to the browser: silence says so. */
  private hear(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.lose(), SILENCE_MS);
  }

  private lose(): void {
    this.source?.close();
    this.become("lost");
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.listen(), RETRY_MS);
  }
}

export const live = new LiveStream();
