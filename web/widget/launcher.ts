// The script that a site embeds: a button, and `window.Dynaris`. The panel is loaded when it is first needed.

import { adopt, el, icon } from "./dom";
import css from "./launcher.css?inline";
import type { Look, Panel, Shell, Who } from "./shell";
import { storeOf } from "./store";

declare const PANEL: string; // the panel's file, named by its content

const FORGOTTEN = 7 * 86_400_000; // milliseconds after which no reply is waited for on a closed chat
const BUBBLE = "M21 12a8 8 0 0 1-8 8H4l2-3.2A8 8 0 1 1 21 12z";

function languages(own: string | undefined): string {
  return [own, document.documentElement.lang, ...navigator.languages].filter(Boolean).join(",").slice(0, 200);
}

const DARK = "(prefers-color-scheme: dark)";

/** As the page says; a page that knows no dark is not answered with it. */
function isDark(theme: string | undefined): boolean {
  if (theme === "dark" || theme === "light") return theme === "dark";
  const said = document.querySelector<HTMLMetaElement>('meta[name="color-scheme"]')?.content ?? "";
  const knows = [getComputedStyle(document.documentElement).colorScheme, said].some((each) => each.includes("dark"));
  return knows && matchMedia(DARK).matches;
}

class Launcher {
  private readonly base: string;
  private readonly store;
  private readonly box: HTMLElement;
  private readonly badge = el("span", { class: "badge", hidden: true, "aria-hidden": "true" });
  private readonly button: HTMLButtonElement;
  private readonly frame = el("div");
  private readonly root: ShadowRoot;
  private readonly ready: Promise<Look>;
  private panel: Promise<Panel> | null = null;
  private isOpen = false;

  constructor(
    private readonly key: string,
    script: HTMLScriptElement,
  ) {
    this.base = new URL(".", script.src).href.replace(/\/$/, "");
    this.store = storeOf(key);
    const host = document.createElement("dynaris-chat");
    this.root = host.attachShadow({ mode: "open" });
    adopt(this.root, css);
    this.button = el("button", { class: "launcher", type: "button", onclick: () => this.toggle() }, icon(BUBBLE), this.badge);
    this.box = el("div", { class: "dynaris", hidden: true }, this.frame, this.button);
    const dress = () => this.box.classList.toggle("dark", isDark(script.dataset.theme));
    dress();
    matchMedia(DARK).addEventListener("change", dress);
    this.root.append(this.box);
    document.body.append(host);
    this.ready = this.look(script.dataset.lang);
    this.ready.then(
      (look) => this.appear(look),
      (error: Error) => console.error(`Dynaris chat: ${error.message}`),
    );
  }

  open(message?: string): void {
    void this.show(true, message);
  }

  close(): void {
    void this.show(false);
  }

  toggle(): void {
    void this.show(!this.isOpen);
  }

  async identify(who: Who): Promise<void> {
    return (await this.loaded()).identify(who);
  }

  async reset(): Promise<void> {
    (await this.loaded()).reset();
  }

  private async look(language: string | undefined): Promise<Look> {
    const query = new URLSearchParams({ api_key: this.key, lang: languages(language) });
    const answer = await fetch(`${this.base}/api/chat-widget/config?${query}`);
    const body = (await answer.json()) as Look & { detail?: string };
    if (!answer.ok) throw new Error(body.detail ?? answer.statusText);
    return body;
  }

  private appear(look: Look): void {
    this.box.style.setProperty("--colour", look.colour);
    this.box.style.setProperty("--on", look.on_colour);
    this.box.classList.toggle("left", look.position === "left");
    this.box.lang = look.language;
    if (look.launcher_text) this.button.prepend(look.launcher_text);
    this.showUnread(look, 0);
    this.box.hidden = false;
    const { begun, active } = this.store.get();
    if (begun && Date.now() - (active ?? 0) < FORGOTTEN) this.loaded().catch(() => undefined);
  }

  private showUnread(look: Look, count: number): void {
    this.badge.hidden = count === 0;
    this.badge.textContent = count > 99 ? "99+" : String(count);
    const unread = count ? `, ${look.texts.unread?.replace("{count}", String(count))}` : "";
    const name = look.launcher_text ?? look.texts[this.isOpen ? "close" : "open"] ?? "";
    this.button.setAttribute("aria-label", name + unread);
    this.button.setAttribute("aria-expanded", String(this.isOpen));
  }

  private async show(isOpen: boolean, message?: string): Promise<void> {
    if (isOpen === this.isOpen && !message) return;
    this.isOpen = isOpen;
    try {
      const panel = await this.loaded();
      if (this.isOpen !== isOpen) return;
      this.box.classList.toggle("open", isOpen);
      panel.shown(isOpen, message);
      this.showUnread(await this.ready, 0);
      if (!isOpen) this.button.focus();
    } catch (error) {
      this.isOpen = false;
      console.error("Dynaris chat:", error);
    }
  }

  private loaded(): Promise<Panel> {
    this.panel ??= this.load().catch((error: unknown) => {
      this.panel = null; // tried again the next time
      throw error;
    });
    return this.panel;
  }

  private async load(): Promise<Panel> {
    const look = await this.ready;
    const { start } = (await import(/* @vite-ignore */ `${this.base}/widget/${PANEL}`)) as {
      start: (shell: Shell) => Panel;
    };
    return start({
      base: this.base,
      key: this.key,
      look,
      store: this.store,
      root: this.root,
      frame: this.frame,
      say: (name, values = {}) =>
        (look.texts[name] ?? name).replace(/\{(\w+)\}/g, (_, value: string) => String(values[value] ?? "")),
      showUnread: (count) => this.showUnread(look, count),
      close: () => this.close(),
    });
  }
}

function begin(script: HTMLScriptElement): void {
  const key = script.dataset.key ?? script.dataset.apiKey;
  if (!key) {
    console.error("Dynaris chat: the script needs data-key, the widget's key");
    return;
  }
  if ("Dynaris" in window) return; // embedded twice
  const launcher = new Launcher(key, script);
  const api = {
    open: (options?: { message?: string }) => launcher.open(options?.message),
    close: () => launcher.close(),
    identify: (who: Who) => launcher.identify(who),
    reset: () => launcher.reset(),
  };
  Object.defineProperty(window, "Dynaris", { value: Object.freeze(api) });
  dispatchEvent(new Event("dynaris:ready"));
}

const own = document.currentScript;
if (own instanceof HTMLScriptElement) {
  if (document.body) begin(own);
  else addEventListener("DOMContentLoaded", () => begin(own), { once: true });
}
