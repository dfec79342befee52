// What the launcher and the panel share. They are two files: the launcher hands this over when it loads the panel.

export interface FormField {
  name: "name" | "email" | "phone_number" | "description";
  label: string;
  required: boolean;
}

/** As `GET /api/chat-widget/config` answers. */
export interface Look {
  language: string;
  texts: Record<string, string>;
  title: string;
  greeting: string;
  is_open: boolean | null;
  colour: string;
  on_colour: string;
  position: "left" | "right";
  launcher_text: string | null;
  form: FormField[];
  privacy_url: string | null;
  sound: boolean;
  powered_by: boolean;
  files: { most: number; most_bytes: number; types: string[] } | null;
}

export interface Queued {
  id: string;
  text: string;
}

/** What a browser keeps of a chat, for all its tabs. */
export interface Kept {
  session: string;
  begun?: boolean; // the server knows the session
  seen?: string; // the last reply that was looked at
  asked?: boolean; // the form before the chat was filled in
  email?: string;
  sound?: boolean;
  queue?: Queued[];
  active?: number; // milliseconds since 1970
}

export interface Store {
  get(): Kept;
  set(change: Partial<Kept>): void;
  /** A new session: who chatted here before is somebody else. */
  renew(): void;
  /** Another tab has changed it. */
  onChange(listener: () => void): void;
}

export interface Who {
  email: string;
  name?: string;
  user_id?: string;
  expires_at?: number;
  hash: string;
}

export interface Shell {
  base: string; // of the product, without a slash
  key: string;
  look: Look;
  store: Store;
  root: ShadowRoot;
  frame: HTMLElement; // where the panel goes
  say(name: string, values?: Record<string, string | number>): string;
  showUnread(count: number): void;
  close(): void;
}

export interface Panel {
  /** `message` is put where the visitor writes, and not sent. */
  shown(isOpen: boolean, message?: string): void;
  identify(who: Who): Promise<void>;
  reset(): void;
}
