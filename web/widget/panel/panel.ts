// The open chat. Loaded when it is first needed; one for each page.

import { adopt, el, icon } from "../dom";
import type { Panel, Shell, Who } from "../shell";
import { Api, type FileIn, type MessageOut, Refusal } from "./api";
import { Composer } from "./composer";
import { Connection } from "./connection";
import { preChat, transcript } from "./forms";
import css from "./panel.css?inline";
import { type Outgoing, Queue } from "./queue";
import { chime } from "./sound";
import { Thread } from "./thread";

const CROSS = "M6 6l12 12M18 6L6 18";
const LOUD = ["M4 9v6h4l5 4V5L8 9z", "M17 8a6 6 0 0 1 0 8"];
const MUTE = ["M4 9v6h4l5 4V5L8 9z", "M17 9l5 6M22 9l-5 6"];
const LETTER = ["M3 6h18v13H3z", "M3 7l9 7 9-7"];

const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

class Chat implements Panel {
  private readonly api;
  private readonly thread;
  private readonly queue;
  private readonly composer;
  private readonly box: HTMLElement;
  private readonly aside = el("div", { class: "aside", hidden: true });
  private readonly banner = el("p", { class: "banner", role: "status", hidden: true });
  private readonly sound: HTMLButtonElement;
  private readonly letter: HTMLButtonElement;
  private connection: Connection | null = null;
  private last: string | undefined; // of what the server has said
  private unread = 0;
  private isOpen = false;

  constructor(private readonly shell: Shell) {
    const { look, say, store } = shell;
    this.api = new Api(shell);
    this.thread = new Thread(shell);
    this.queue = new Queue(this.api, store, {
      stored: (message) => this.stored(message),
      waits: (id) => this.thread.mark(id, "waiting"),
      refused: (id, why) => this.thread.mark(id, "not_sent", undefined, why.status === 422 ? why.message : ""),
    });
    this.composer = new Composer(shell, {
      send: (text, files) => this.send(text, files),
      typing: () => store.get().begun && this.api.typing().catch(() => undefined),
    });
    this.sound = el("button", { type: "button", class: "icon", onclick: () => this.toggleSound() });
    const title = say("transcript");
    this.letter = el("button", { type: "button", class: "icon", "aria-label": title, title, hidden: true, onclick: () => this.askTranscript() }, icon(...LETTER));
    this.box = this.built();
    this.drawSound();
    shell.frame.append(this.box);
    for (const { id, text, files } of this.queue.pending) this.thread.own(id, text, files);
    addEventListener("offline", () => this.tell("offline"));
    addEventListener("online", () => this.tell(""));
    store.onChange(() => this.follow());
    if (!navigator.onLine) this.tell("offline");
    if (store.get().begun) this.connect();
    this.queue.send();
    this.face();
    this.box.setAttribute("aria-label", look.title || say("conversation"));
  }

  shown(isOpen: boolean, message?: string): void {
    this.isOpen = isOpen;
    this.box.hidden = !isOpen;
    if (!isOpen) return;
    this.face();
    this.read();
    this.thread.toEnd();
    if (message) this.composer.draft(message);
    const first = this.aside.hidden ? this.composer.input : this.aside.querySelector<HTMLElement>("input, textarea");
    first?.focus({ preventScroll: true });
  }

  async identify(who: Who): Promise<void> {
    const { store } = this.shell;
    const before = store.get().email;
    if (before && before !== who.email.trim().toLowerCase()) this.reset();
    try {
      await this.api.identify(who);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 409 && store.get().begun)) throw error;
      this.reset(); // somebody else was signed in before
      await this.api.identify(who);
    }
    store.set({ begun: true, asked: true, email: who.email.trim().toLowerCase(), active: Date.now() });
    this.face();
    this.connect();
  }

  /** Whoever signs in next begins a chat of their own. */
  reset(): void {
    this.queue.clear();
    this.shell.store.renew();
    this.restart();
  }

  private restart(): void {
    this.connection?.close();
    this.connection = null;
    this.letter.hidden = true;
    this.last = undefined;
    this.unread = 0;
    this.shell.showUnread(0);
    this.thread.clear();
    this.face();
  }

  /** Another tab has begun the chat, read it, or ended it. */
  private follow(): void {
    const { session, begun, seen } = this.shell.store.get();
    if (this.connection && this.connection.session !== session) this.restart();
    if (begun && !this.connection) this.connect();
    if (seen && seen === this.last && this.unread) this.shell.showUnread((this.unread = 0));
    this.drawSound();
  }

  private connect(): void {
    this.letter.hidden = false;
    this.connection ??= new Connection(this.api, {
      heard: (message) => this.heard(message),
      own: ({ id, text, files }) => {
        this.thread.own(id, text, files);
        this.thread.mark(id, "sent");
      },
      typing: () => this.thread.types(true),
      reachable: (isReachable) => this.tell(isReachable ? "" : navigator.onLine ? "cannot_reach" : "offline"),
      last: () => this.last,
    });
  }

  private heard(message: MessageOut): void {
    if (!this.last || message.id > this.last) this.last = message.id;
    if (!this.thread.show(message) || message.direction === "inbound") return;
    const { seen } = this.shell.store.get();
    if (seen && message.id <= seen) return;
    if (this.isOpen && document.visibilityState === "visible") this.read();
    else {
      this.shell.showUnread(++this.unread);
      if (this.connection?.isLeading && this.hasSound) chime();
    }
  }

  private read(): void {
    this.unread = 0;
    this.shell.showUnread(0);
    if (this.last && this.last !== this.shell.store.get().seen) this.shell.store.set({ seen: this.last });
  }

  private send(text: string, files: FileIn[]): void {
    const id = newId();
    this.thread.own(id, text, files);
    this.shell.store.set({ active: Date.now() });
    this.queue.add({ id, text, files });
  }

  private stored({ id, text, files }: Outgoing): void {
    this.thread.mark(id, "sent");
    this.shell.store.set({ begun: true, asked: true });
    this.connect();
    this.connection?.sent({ id, text, files: files.map(({ filename }) => ({ filename })) });
  }

  /** The form first, where one is asked for and nothing was said yet. */
  private face(): void {
    const { begun, asked } = this.shell.store.get();
    const asks = this.shell.look.form.length > 0 && !begun && !asked;
    if (!asks) return this.beside(null);
    this.beside(
      preChat(this.shell, async ({ name, ...fields }) => {
        const given = Object.entries({ first_name: name ?? "", ...fields }).filter(([, value]) => value);
        if (given.length) {
          await this.api.contact(Object.fromEntries(given)).catch((error: unknown) => {
            if (!(error instanceof Refusal && error.code === "too_many_requests")) throw error;
          });
          this.shell.store.set({ begun: true, ...(fields.email ? { email: fields.email } : {}), active: Date.now() });
          this.connect();
        }
        this.shell.store.set({ asked: true });
        this.beside(null);
        this.composer.input.focus();
      }),
    );
  }

  private beside(form: HTMLElement | null): void {
    this.aside.hidden = !form;
    this.aside.replaceChildren(...(form ? [form] : []));
    for (const part of [this.thread.log, this.composer.box]) part.hidden = !!form;
  }

  private askTranscript(): void {
    if (!this.aside.hidden) return this.face();
    this.beside(
      transcript(this.shell, this.api, (said) => {
        this.beside(null);
        if (said) this.tell("", said);
        this.composer.input.focus();
      }),
    );
    this.aside.querySelector("input")?.focus();
  }

  private tell(name: string, said = name && this.shell.say(name)): void {
    this.banner.hidden = !said;
    this.banner.textContent = said;
  }

  private get hasSound(): boolean {
    return this.shell.store.get().sound ?? this.shell.look.sound;
  }

  private toggleSound(): void {
    this.shell.store.set({ sound: !this.hasSound });
    this.drawSound();
  }

  private drawSound(): void {
    this.sound.replaceChildren(icon(...(this.hasSound ? LOUD : MUTE)));
    const name = this.shell.say(this.hasSound ? "sound_off" : "sound_on");
    this.sound.setAttribute("aria-label", name);
    this.sound.title = name;
  }

  private built(): HTMLElement {
    const { look, say, close } = this.shell;
    adopt(this.shell.root, css);
    const shut = el("button", { type: "button", class: "icon", "aria-label": say("close"), title: say("close"), onclick: close }, icon(CROSS));
    return el(
      "section",
      { class: "panel", role: "dialog", hidden: true, onkeydown: (event: KeyboardEvent) => this.pressed(event) },
      el("header", {}, el("h1", {}, look.title), this.sound, this.letter, shut),
      this.banner,
      this.aside,
      this.thread.log,
      this.thread.typing,
      this.composer.box,
      el(
        "footer",
        {},
        look.privacy_url && el("a", { href: look.privacy_url, target: "_blank", rel: "noopener" }, say("privacy")),
        look.powered_by && el("span", {}, say("powered_by")),
      ),
    );
  }

  private pressed(event: KeyboardEvent): void {
    event.stopPropagation(); // the page's own shortcuts are not meant
    if (event.key === "Escape" && !event.isComposing) this.shell.close();
    if (event.key !== "Tab" || !matchMedia("(max-width: 480px)").matches) return;
    // On a phone it covers the page: focus stays inside.
    const all = [...this.box.querySelectorAll<HTMLElement>("button, input:not([type=file]), textarea, a, [tabindex]")].filter((each) => each.offsetParent !== null && !(each as HTMLButtonElement).disabled);
    const at = all.indexOf(this.shell.root.activeElement as HTMLElement);
    const next = event.shiftKey ? (at <= 0 ? all.at(-1) : null) : at === all.length - 1 ? all[0] : null;
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}

export const start = (shell: Shell): Panel => new Chat(shell);
