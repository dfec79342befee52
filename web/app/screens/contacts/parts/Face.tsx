import classes from "./parts.module.css";

/** Initials on a colour that stays the contact's. */
export function Face({ name, id, size = 28 }: { name: string; id: string; size?: number }) {
  const words = name.split(/\s+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? [...word][0] : "")).join("");
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  return (
    <span className={classes.face} aria-hidden style={{ "--hue": hue, width: size, height: size, fontSize: size * 0.38 } as React.CSSProperties}>
      {initials.toUpperCase() || "?"}
    </span>
  );
}
