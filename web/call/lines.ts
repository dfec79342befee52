/** What a call shows while it goes on, as lines that people read. */

/** As the server tells it on a call's socket. */
export type Shown =
  | { type: "heard"; text: string }
  | { type: "saying"; text: string }
  | { type: "said"; text: string; interrupted: boolean }
  | { type: "tool"; tool: string; effect: string; failed: boolean }
  | { type: "asks"; tools: string[] }
  | { type: "taken" | "handed_back"; by: string }
  | { type: "whispered"; by: string; text: string }
  | { type: "ready"; taken_by: string | null }
  | { type: "refused"; why: string }
  | { type: "clear"; number?: number }
  | { type: "over" };

export type Line = { key: number; by: "caller" | "agent" | "event"; text: string; tool?: boolean; open?: boolean; interrupted?: boolean };

const plain = (name: string) => name.replaceAll("_", " ");

/** The lines once this was shown too. */
export function withShown(lines: Line[], shown: Shown): Line[] {
  const key = (lines.at(-1)?.key ?? -1) + 1;
  const at = lines.findLastIndex((line) => line.open);
  const open = lines[at];
  switch (shown.type) {
    case "heard":
      // A word that came after what was said had been cut off is nobody's.
      return [...lines.filter((line) => !line.open), { key, by: "caller", text: shown.text }];
    case "saying":
      return open ? lines.with(at, { ...open, text: open.text + shown.text }) : [...lines, { key, by: "agent", text: shown.text, open: true }];
    case "said": {
      if (!shown.text) return open ? lines.toSpliced(at, 1) : lines; // nothing of it was heard
      const said: Line = { key: open?.key ?? key, by: "agent", text: shown.text, interrupted: shown.interrupted };
      return open ? lines.with(at, said) : [...lines, said];
    }
    case "tool":
      return [...lines, { key, by: "event", tool: true, text: shown.failed ? `${plain(shown.tool)} failed` : plain(shown.tool) }];
    case "asks":
      return [...lines, { key, by: "event", text: `waits for a teammate's yes: ${shown.tools.map(plain).join(", ")}` }];
    case "taken":
      return [...lines, { key, by: "event", text: `${shown.by} took over` }];
    case "whispered":
      return [...lines, { key, by: "event", text: `${shown.by} whispered: ${shown.text}` }];
    case "handed_back":
      return [...lines, { key, by: "event", text: `${shown.by} handed back to the agent` }];
    default:
      return lines;
  }
}
