// What the visitor has written and the server has not confirmed: kept over reloads, sent in order, stored once.

import type { Store } from "../shell";
import { type Api, type FileIn, Refusal } from "./api";

const LONGEST_PAUSE = 30_000;

export interface Outgoing {
  id: string;
  text: string;
  files: FileIn[];
}

export interface Watcher {
  stored(message: Outgoing): void;
  waits(id: string): void;
  refused(id: string, why: Refusal): void;
}

export class Queue {
  private readonly waiting: Outgoing[];
  private isBusy = false;
  private pause = 1_000;
  private timer = 0;

  constructor(
    private readonly api: Api,
    private readonly store: Store,
    private readonly watcher: Watcher,
  ) {
    this.waiting = (store.get().queue ?? []).map((kept) => ({ ...kept, files: [] }));
    addEventListener("online", () => this.send());
  }

  get pending(): readonly Outgoing[] {
    return this.waiting;
  }

  add(message: Outgoing): void {
    this.waiting.push(message);
    this.keep();
    this.send();
  }

  send(): void {
    clearTimeout(this.timer);
    if (!this.isBusy) void this.work();
  }

  clear(): void {
    this.waiting.length = 0;
    this.keep();
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      try {
        await this.api.send(next.id, next.text, next.files);
        this.pause = 1_000;
        this.done(next);
        this.watcher.stored(next);
      } catch (error) {
        if (error instanceof Refusal && error.status < 500 && error.status !== 429) {
          this.done(next);
          this.watcher.refused(next.id, error);
          continue;
        }
        for (const { id } of this.waiting) this.watcher.waits(id);
        const pause = error instanceof Refusal && error.again ? error.again * 1_000 : this.pause;
        this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
        this.timer = window.setTimeout(() => this.send(), pause);
        break;
      }
    }
    this.isBusy = false;
  }

  private done(message: Outgoing): void {
    const at = this.waiting.indexOf(message);
    if (at >= 0) this.waiting.splice(at, 1);
    this.keep();
  }

  /** Files are too large for what a page may keep: a message with some is kept by this tab alone. */
  private keep(): void {
    const queue = this.waiting.filter(({ files }) => !files.length).map(({ id, text }) => ({ id, text }));
    this.store.set({ queue });
  }
}
