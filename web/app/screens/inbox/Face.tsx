import classes from "./inbox.module.css";

const COLOURS = ["indigo", "teal", "grape", "orange", "cyan", "pink", "green", "violet"] as const;

/** Initials on a colour that is a name's own. Decoration: the name stands beside it. */
export function Face({ name, size = 30, className }: { name: string; size?: number; className?: string }) {
  const words = name.split(/[\s@.]+/).filter((word) => /\p{L}/u.test(word));
  const initials = ((words[0]?.[0] ?? "?") + (words.length > 1 ? words[words.length - 1]![0] : "")).toUpperCase();
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) % 997;
  const colour = COLOURS[sum % COLOURS.length];
  const style = { width: size, height: size, fontSize: size * 0.38, background: `var(--mantine-color-${colour}-light)` };
  return (
    <span className={`${classes.face} ${className ?? ""}`} style={style} aria-hidden>
      {initials}
    </span>
  );
}
