import { useEffect } from "react";
import { client } from "~/api";
import { useMe } from "~/session";

/** Who opens what notifications are about has read them. */
export function useSeen(subject: string): void {
  const { data: me } = useMe();
  const isMember = Boolean(me?.member); // staff on a visit is told nothing
  useEffect(() => {
    if (isMember) client.POST("/api/me/notifications/read", { body: { subject } }).catch(() => undefined); // they stay unread
  }, [isMember, subject]);
}
