// The conversation as it is read: messages in order, who writes now, and what came while one looked elsewhere.

import { el } from "../dom";
import type { Shell } from "../shell";
import type { FileIn, MessageOut } from "./api";
import { namedFile, shownFile } from "./files";
import { markdown } from "./markdown";

type State = "sending" | "waiting" | "not_sent" | "sent";

interface Line {
  box: HTMLElement;
  note: HTMLElement;
}

const NEAR = 80; // pixels from the end that count as being there
const TYPING = 6_000;

export class Thread {
  readonly log: HTMLElement;
  readonly typing: HTMLElement;
  private readonly lines = new Map<string, Line>();
  private readonly known = new Set<string>();
  private day = "";
  private author = "";
  private timer = 0;
  private isAtEnd = true;

  constructor(private readonly shell: Shell) {
    this.log = el("div", {
      class: "log",
      role: "log",
      tabindex: 0,
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": shell.say("conversation"),
    });
    this.log.addEventListener("scroll", () => void (this.isAtEnd = this.isNear), { passive: true });
    // An image that comes late does not push the end out of sight. `load` does not bubble.
    this.log.addEventListener("load", () => this.isAtEnd && this.toEnd(), { capture: true });
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    this.typing = el("div", { class: "typing", role: "status", hidden: true }, dots, el("span", { class: "away" }));
    this.greet();
  }

  clear(): void {
    this.lines.clear();
    this.known.clear();
    this.day = this.author = "";
    this.log.replaceChildren();
    this.greet();
  }

  /** False where it is shown already. Our own come back with the id that we gave them. */
  show(message: MessageOut): boolean {
    if (this.known.has(message.id)) return false;
    this.known.add(message.id);
    const own = message.message_id ? this.lines.get(message.message_id) : undefined;
    if (own) {
      this.place(own.box, message.id);
      const files = own.box.querySelector(".files");
      files?.replaceChildren(...message.attachments.map((file) => shownFile(file, this.shell.base)));
      this.mark(message.message_id ?? "", "sent");
      return false;
    }
    const inbound = message.direction === "inbound";
    // A message that is nothing but files says their names in its text.
    const text = inbound && message.attachments.length && /^\[\d+ attachments?: /.test(message.content.body) ? "" : message.content.body;
    const files = message.attachments.map((file) => shownFile(file, this.shell.base));
    const line = this.append(inbound ? "out" : "in", message.author, text, files, new Date(message.created_at));
    line.box.dataset.id = message.id;
    if (message.message_id) this.lines.set(message.message_id, line);
    if (!inbound) this.types(false);
    return true;
  }

  /** Where the server has it: what waited here may have left after what another tab wrote later. */
  private place(box: HTMLElement, id: string): void {
    box.dataset.id = id;
    const all = [...this.log.querySelectorAll<HTMLElement>("[data-id]")];
    const at = all.indexOf(box);
    const later = all.findIndex((each) => each.dataset.id! > id);
    const earlier = all.findLastIndex((each) => each.dataset.id! < id);
    if (later >= 0 && later < at) all[later]?.before(box);
    else if (earlier > at) all[earlier]?.after(box);
  }

  own(id: string, text: string, files: Pick<FileIn, "filename">[]): void {
    if (this.lines.has(id)) return;
    const line = this.append("out", "contact", text, files.map((file) => namedFile(file.filename)), new Date());
    this.lines.set(id, line);
    this.mark(id, "sending");
    this.toEnd();
  }

  mark(id: string, state: State, retry?: () => void, why = ""): void {
    const line = this.lines.get(id);
    if (!line) return;
    line.box.classList.toggle("unsent", state !== "sent");
    line.note.replaceChildren();
    if (state === "sent") return;
    line.note.append(why || this.shell.say(state));
    if (retry) line.note.append(" ", el("button", { type: "button", class: "link", onclick: retry }, this.shell.say("retry")));
  }

  types(isTyping: boolean): void {
    clearTimeout(this.timer);
    const near = this.isNear;
    this.typing.hidden = !isTyping;
    const said = this.typing.lastElementChild;
    if (said) said.textContent = isTyping ? this.shell.say("typing") : "";
    if (isTyping) this.timer = window.setTimeout(() => this.types(false), TYPING);
    if (isTyping && near) this.toEnd();
  }

  toEnd(): void {
    this.isAtEnd = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  private get isNear(): boolean {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  /** The visitor's own way to write times, where it is of the language that the panel speaks. */
  private get locale(): string {
    const { language } = this.shell.look;
    return navigator.languages.find((own) => own.split("-")[0] === language.split("-")[0]) ?? language;
  }

  private greet(): void {
    const { greeting } = this.shell.look;
    this.log.append(this.bubble("in", "assistant", greeting, []).box);
  }

  private append(side: "in" | "out", author: string, text: string, files: HTMLElement[], at: Date): Line {
    const near = this.isNear;
    const day = at.toLocaleDateString(this.locale, { day: "numeric", month: "long" });
    if (day !== this.day) {
      if (this.day || day !== new Date().toLocaleDateString(this.locale, { day: "numeric", month: "long" }))
        this.log.append(el("p", { class: "day" }, day));
      this.day = day;
      this.author = "";
    }
    const line = this.bubble(side, author, text, files, at);
    if (author === this.author) line.box.classList.add("same");
    this.author = author;
    this.log.append(line.box);
    if (near) this.toEnd();
    return line;
  }

  private bubble(side: "in" | "out", author: string, text: string, files: HTMLElement[], at?: Date): Line {
    const { say } = this.shell;
    const who = side === "out" ? say("you") : author === "member" ? say("team") : say("assistant");
    const time = at?.toLocaleTimeString(this.locale, { hour: "2-digit", minute: "2-digit" });
    const note = el("p", { class: "note" });
    const box = el(
      "article",
      { class: `line ${side}` },
      el("p", { class: "who" }, who, time && el("time", { datetime: at?.toISOString() }, ` ${time}`)),
      text && el("div", { class: "bubble", dir: "auto" }, ...markdown(text)),
      el("div", { class: "files" }, ...files),
      note,
    );
    return { box, note };
  }
}
