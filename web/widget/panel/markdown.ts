// A small part of Markdown, as agents and people write it. Nodes only: what is not understood stays text.

import { el } from "../dom";

const INLINE =
  /(`[^`\n]+`)|\*\*([^\s*](?:[^*\n]*[^\s*])?)\*\*|(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])|(?<!\w)_([^\s_](?:[^_\n]*[^\s_])?)_(?!\w)|\[([^\]\n]{1,300})\]\(([^\s()]{1,2000})\)|(https?:\/\/[^\s<>"'`]+)/g;
const LISTED = /^\s{0,3}(?:[-*•]|(\d{1,3})[.)])\s+(.*)$/;
const DEPTH = 4;

/** `null` for whatever a browser would run or that leads nowhere. */
function safe(address: string): string | null {
  try {
    const { protocol, href } = new URL(address);
    return ["http:", "https:", "mailto:"].includes(protocol) ? href : null;
  } catch {
    return null;
  }
}

function link(address: string, ...label: (Node | string)[]): Node | null {
  const href = safe(address);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...label) : null;
}

function bare(address: string): (Node | string)[] {
  const end = /[.,;:!?)\]}]+$/.exec(address)?.[0] ?? "";
  const rest = address.slice(0, address.length - end.length);
  return [link(rest, rest) ?? rest, end];
}

function inline(text: string, depth = 0): (Node | string)[] {
  if (depth > DEPTH) return [text];
  const made: (Node | string)[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, em, under, label, address, plain] = match;
    made.push(text.slice(from, match.index));
    from = match.index + whole.length;
    const emphasis = em ?? under;
    if (code) made.push(el("code", {}, code.slice(1, -1)));
    else if (strong) made.push(el("strong", {}, ...inline(strong, depth + 1)));
    else if (emphasis) made.push(el("em", {}, ...inline(emphasis, depth + 1)));
    else if (label && address) made.push(link(address, label) ?? whole);
    else if (plain) made.push(...bare(plain));
  }
  made.push(text.slice(from));
  return made.filter((part) => part !== "");
}

function list(lines: RegExpExecArray[]): Node {
  const first = lines[0]?.[1];
  const items = lines.map((line) => el("li", {}, ...inline(line[2] ?? "")));
  return first ? el("ol", { start: first }, ...items) : el("ul", {}, ...items);
}

function paragraph(lines: string[]): Node {
  const parts = lines.flatMap((line, at) => [...(at ? [el("br")] : []), ...inline(line)]);
  return el("p", {}, ...parts);
}

export function markdown(text: string): Node[] {
  const made: Node[] = [];
  let plain: string[] = [];
  let listed: RegExpExecArray[] = [];
  const flush = () => {
    if (plain.length) made.push(paragraph(plain));
    if (listed.length) made.push(list(listed));
    plain = [];
    listed = [];
  };
  let fence: string[] | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (line.trimStart().startsWith("```")) {
      flush();
      if (fence) made.push(el("pre", {}, el("code", {}, fence.join("\n"))));
      fence = fence ? null : [];
      continue;
    }
    if (fence) {
      fence.push(line);
      continue;
    }
    const item = LISTED.exec(line);
    if (!line.trim() || (item ? plain.length : listed.length)) flush();
    if (item) listed.push(item);
    else if (line.trim()) plain.push(line.replace(/^#{1,4}\s+/, ""));
  }
  if (fence) made.push(el("pre", {}, el("code", {}, fence.join("\n"))));
  flush();
  return made;
}
