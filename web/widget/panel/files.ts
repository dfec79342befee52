import { el, icon } from "../dom";
import type { Shell } from "../shell";
import type { FileIn, FileOut } from "./api";

const CROSS = "M6 6l12 12M18 6L6 18";
const SHEET = "M14 3H6v18h12V7zM14 3v4h4";
const SHOWN = /^image\/(png|jpeg|gif|webp|avif)$/;

function inWords(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(file);
  });
}

/** A file of a message: an image where the page's policy lets it show, else its name; a click keeps it. */
export function shownFile(file: FileOut, base: string): HTMLElement {
  const href = base + file.url;
  const link = el("a", { class: "file", href, target: "_blank", rel: "noopener", download: file.filename });
  const named = () => link.replaceChildren(icon(SHEET), el("span", {}, file.filename), el("small", {}, inWords(file.size)));
  if (SHOWN.test(file.mime_type)) {
    link.classList.add("image");
    link.append(
      el("img", {
        src: href,
        alt: file.filename,
        loading: "lazy",
        onerror: () => {
          link.classList.remove("image");
          named();
        },
      }),
    );
  } else named();
  return link;
}

/** A file that is on its way. */
export function namedFile(name: string): HTMLElement {
  return el("span", { class: "file" }, icon(SHEET), el("span", {}, name));
}

/** Files chosen for the next message. */
export class Chosen {
  readonly list = el("ul", { class: "chosen", hidden: true });
  private files: File[] = [];

  constructor(
    private readonly shell: Shell,
    private readonly complain: (what: string) => void,
  ) {}

  get count(): number {
    return this.files.length;
  }

  add(more: Iterable<File>): void {
    const limits = this.shell.look.files;
    if (!limits) return;
    for (const file of more) {
      if (!file.size) continue;
      const size = this.files.reduce((sum, each) => sum + each.size, file.size);
      if (this.files.length >= limits.most) {
        this.complain(this.shell.say("too_many_files", { count: limits.most }));
        break;
      }
      if (size > limits.most_bytes) {
        const most = Math.round(limits.most_bytes / 1_048_576);
        this.complain(this.shell.say("file_too_large", { name: file.name, size: most }));
        continue;
      }
      this.files.push(file);
    }
    this.draw();
  }

  async take(): Promise<FileIn[]> {
    const files = this.files;
    this.files = [];
    this.draw();
    return Promise.all(
      files.map(async (file) => ({
        filename: file.name.slice(-255),
        mime_type: /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : "application/octet-stream",
        data_base64: await base64Of(file),
      })),
    );
  }

  private draw(): void {
    this.list.hidden = !this.files.length;
    this.list.replaceChildren(
      ...this.files.map((file) =>
        el(
          "li",
          {},
          el("span", {}, file.name),
          el("button", { type: "button", "aria-label": this.shell.say("file_removed", { name: file.name }), onclick: () => this.remove(file) }, icon(CROSS)),
        ),
      ),
    );
  }

  private remove(file: File): void {
    this.files = this.files.filter((each) => each !== file);
    this.draw();
  }
}
