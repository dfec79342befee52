import { useEffect, useState } from "react";
import { WifiOff } from "lucide-react";
import { useLiveState } from "~/live/hooks";
import classes from "./Shell.module.css";

const PATIENCE_MS = 1_500; // a short break mends itself unseen

export function LostConnection() {
  const state = useLiveState();
  const [shown, show] = useState(false);
  useEffect(() => {
    if (state !== "lost") return show(false);
    const timer = setTimeout(() => show(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  if (!shown) return null;
  return (
    <div className={classes.lost} role="status">
      <WifiOff size={15} aria-hidden />
      The connection is lost. What you see may be old; it catches up by itself.
    </div>
  );
}
