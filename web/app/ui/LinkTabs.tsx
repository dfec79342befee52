/** The parts of a screen, each with an address of its own. */
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import classes from "./LinkTabs.module.css";

export type Part = { to: LinkProps["to"]; label: ReactNode; count?: number; exact?: boolean };

export function LinkTabs({ parts, label }: { parts: Part[]; label: string }) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {parts.map((part) => (
        <Link key={part.to} to={part.to} className={classes.tab} activeProps={{ "data-active": true }} activeOptions={{ exact: part.exact ?? false, includeSearch: false }}>
          {part.label}
          {part.count ? <span className={classes.count}>{part.count}</span> : null}
        </Link>
      ))}
    </nav>
  );
}
