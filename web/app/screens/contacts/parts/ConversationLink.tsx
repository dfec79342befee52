import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** To a conversation in the inbox, whatever queue it stands in. */
export function ConversationLink({ id, children, ...props }: { id: string; children: ReactNode; className?: string; title?: string; "aria-label"?: string }) {
  return (
    <Link to={`/inbox/all/${id}` as "/inbox"} {...props}>
      {children}
    </Link>
  );
}
