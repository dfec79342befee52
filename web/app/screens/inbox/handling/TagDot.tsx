import classes from "./Chooser.module.css";

export function TagDot({ colour }: { colour: string }) {
  return <span className={classes.dot} style={{ background: `var(--mantine-color-${colour}-6)` }} aria-hidden />;
}
