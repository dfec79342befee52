/** How loud each side is now; drawn without React, many times a second. */
import { useEffect, useRef } from "react";
import classes from "./live.module.css";

export function Levels({ of, labels }: { of: () => number[]; labels: string[] }) {
  const bars = useRef<(HTMLElement | null)[]>([]);
  const levels = useRef(of);
  levels.current = of;
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      levels.current().forEach((level, index) => {
        const bar = bars.current[index];
        // Speech at a usual loudness is some 0.1 of the whole.
        if (bar) bar.style.transform = `scaleX(${Math.min(1, Math.sqrt(level * 3)).toFixed(3)})`;
      });
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <div className={classes.levels} aria-hidden>
      {labels.map((label, index) => (
        <span key={label} className={classes.level}>
          {label}
          <span className={classes.meter}>
            <i
              ref={(bar) => {
                bars.current[index] = bar;
              }}
            />
          </span>
        </span>
      ))}
    </div>
  );
}
