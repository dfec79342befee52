import type { Shell, Who } from "../shell";

export interface FileOut {
  id: string;
  filename: string;
  mime_type: string;
  size: number;
  url: string;
}

/** `inbound` is the visitor's, seen from the business. */
export interface MessageOut {
  id: string;
  direction: "inbound" | "outbound";
  content: { body: string };
  author: string;
  message_id: string | null;
  created_at: string;
  attachments: FileOut[];
}

export interface FileIn {
  filename: string;
  mime_type: string;
  data_base64: string;
}

/** The server said no; `again` seconds from now it may say yes. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly again: number,
  ) {
    super(message);
  }
}

/** Rejects with `Refusal`, or with the browser's `TypeError` where nothing answered. */
export class Api {
  constructor(private readonly shell: Shell) {}

  address(path: string, query: Record<string, string>): string {
    const all = new URLSearchParams({ api_key: this.shell.key, ...query });
    return `${this.shell.base}/api/chat-widget/${path}?${all}`;
  }

  send(id: string, text: string, files: FileIn[]): Promise<unknown> {
    const metadata = {
      page_url: location.href.slice(0, 500),
      page_origin: location.origin,
      referrer: document.referrer.slice(0, 500),
      user_agent: navigator.userAgent,
      channel: "dynaris_widget",
    };
    return this.post("message", { message: text, message_id: id, attachments: files, metadata });
  }

  async messages(after?: string): Promise<MessageOut[]> {
    const found: MessageOut[] = [];
    for (let last = after; ; last = found.at(-1)?.id) {
      const query = { session_id: this.session, ...(last ? { after: last } : {}) };
      const page = (await this.asked(this.address("messages", query))) as { messages: MessageOut[] };
      found.push(...page.messages);
      if (page.messages.length < 100) return found;
    }
  }

  contact(fields: Record<string, string>): Promise<unknown> {
    return this.post("contact", fields);
  }

  identify(who: Who): Promise<unknown> {
    return this.post("identify", { ...who });
  }

  typing(): Promise<unknown> {
    return this.post("typing", {});
  }

  transcript(email: string): Promise<unknown> {
    return this.post("transcript", { email });
  }

  async verify(code: string): Promise<boolean> {
    return ((await this.post("verify", { code })) as { verified: boolean }).verified;
  }

  get session(): string {
    return this.shell.store.get().session;
  }

  private post(path: string, body: Record<string, unknown>): Promise<unknown> {
    return this.asked(this.address(path, {}), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ session_id: this.session, ...body }),
    });
  }

  private async asked(address: string, init?: RequestInit): Promise<unknown> {
    const answer = await fetch(address, { ...init, credentials: "omit" });
    if (answer.status === 204) return null;
    const body: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    const { detail = answer.statusText, code = "" } = body as { detail?: string; code?: string };
    throw new Refusal(detail, answer.status, code, Number(answer.headers.get("retry-after")) || 0);
  }
}
