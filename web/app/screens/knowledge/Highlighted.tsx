/** A text in which the words of a question are marked; endings may differ. */
const SHORTEST = 3;

function beginning(word: string): string {
  const plain = word.toLowerCase();
  return plain.length > SHORTEST + 2 ? plain.slice(0, -2) : plain;
}

export function Highlighted({ text, words }: { text: string; words: readonly string[] }) {
  const beginnings = words.flatMap((word) => word.split(/\s+/)).filter((word) => word.length >= SHORTEST).map(beginning);
  if (!beginnings.length) return <>{text}</>;
  return (
    <>
      {text.split(/([\p{L}\p{N}]+)/u).map((part, place) => (place % 2 && beginnings.some((start) => part.toLowerCase().startsWith(start)) ? <mark key={place}>{part}</mark> : part))}
    </>
  );
}
