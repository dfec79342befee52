/** Which words of a text went, came and stayed. */

export type Piece = { text: string; kind: "same" | "gone" | "new" };

const MOST = 1_500; // words on either side: longer texts are shown one after the other

export function compared(before: string, after: string): Piece[] {
  const [was, now] = [before, after].map((text) => text.split(/(\s+)/).filter(Boolean)) as [string[], string[]];
  if (was.length > MOST || now.length > MOST) return [{ text: before, kind: "gone" }, { text: after, kind: "new" }];
  const width = now.length + 1;
  const common = new Uint16Array((was.length + 1) * width); // of the ends of both
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] =
        was[i] === now[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const pieces: Piece[] = [];
  const add = (text: string, kind: Piece["kind"]) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ text, kind });
  };
  let [i, j] = [0, 0];
  while (i < was.length || j < now.length) {
    if (i < was.length && j < now.length && was[i] === now[j]) add(was[i++]!, "same"), j++;
    else if (j >= now.length || (i < was.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) add(was[i++]!, "gone");
    else add(now[j++]!, "new");
  }
  return pieces;
}
