import { el, icon } from "../dom";
import type { Shell } from "../shell";
import type { FileIn } from "./api";
import { Chosen } from "./files";

const CLIP = "M20 11.5l-8.5 8.5a5.5 5.5 0 0 1-8-8L12 3.5a3.7 3.7 0 0 1 5.300 5.200L9 17a1.800 1.800 0 0 1-2.600-2.600L14 7";
const PLANE = ["M4 12l16-8-6 16-3-7z", "M11 13l9-9"];
const LONGEST = 10_000;
const TYPING = 3_000;

interface Writer {
  send(text: string, files: FileIn[]): void;
  typing(): unknown;
}

/** Where the visitor writes. */
export class Composer {
  readonly input: HTMLTextAreaElement;
  readonly box: HTMLFormElement;
  private readonly chosen: Chosen;
  private readonly button: HTMLButtonElement;
  private readonly fault = el("p", { class: "fault", role: "alert" });
  private told = 0;

  constructor(
    private readonly shell: Shell,
    private readonly writer: Writer,
  ) {
    const { say, look } = shell;
    this.chosen = new Chosen(shell, (what) => void (this.fault.textContent = what));
    this.input = el("textarea", {
      rows: 1,
      maxlength: LONGEST,
      "aria-label": say("write"),
      placeholder: say("write"),
      enterkeyhint: "send",
      oninput: () => this.typed(),
      onkeydown: (event: KeyboardEvent) => this.pressed(event),
      onpaste: (event: ClipboardEvent) => this.pasted(event),
    });
    this.button = el("button", { type: "submit", class: "icon send", "aria-label": say("send"), title: say("send") }, icon(...PLANE));
    const picker = el("input", {
      type: "file",
      multiple: true,
      hidden: true,
      tabindex: -1,
      "aria-label": say("attach"),
      accept: look.files?.types.includes("*/*") ? null : look.files?.types.join(","),
      onchange: () => {
        this.add(picker.files ?? []);
        picker.value = "";
      },
    });
    const clip = el("button", { type: "button", class: "icon", "aria-label": say("attach"), title: say("attach"), onclick: () => picker.click() }, icon(CLIP));
    this.box = el(
      "form",
      {
        class: "write",
        onsubmit: (event: Event) => {
          event.preventDefault();
          void this.submit();
        },
        ondragover: (event: DragEvent) => event.preventDefault(),
        ondrop: (event: DragEvent) => {
          event.preventDefault();
          this.add(event.dataTransfer?.files ?? []);
        },
      },
      this.fault,
      this.chosen.list,
      el("div", { class: "row" }, look.files && clip, look.files && picker, this.input, this.button),
    );
    this.draw();
  }

  draft(text: string): void {
    this.input.value = text.slice(0, LONGEST);
    this.draw();
  }

  private add(files: Iterable<File>): void {
    this.fault.textContent = "";
    this.chosen.add(files);
    this.draw();
    this.input.focus();
  }

  private pasted(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  private typed(): void {
    this.draw();
    const now = Date.now();
    if (!this.input.value || now - this.told < TYPING) return;
    this.told = now;
    this.writer.typing();
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.submit();
  }

  private async submit(): Promise<void> {
    const text = this.input.value.trim();
    if (!text && !this.chosen.count) return;
    this.input.value = this.fault.textContent = "";
    this.told = 0;
    try {
      this.writer.send(text, await this.chosen.take());
    } catch {
      this.fault.textContent = this.shell.say("error"); // a file that cannot be read
    }
    this.draw();
    this.input.focus();
  }

  private draw(): void {
    this.button.disabled = !this.input.value.trim() && !this.chosen.count;
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }
}
