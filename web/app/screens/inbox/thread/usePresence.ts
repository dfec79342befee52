/** Who else is on this conversation, and who types; and telling them the same of oneself. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useLiveChange } from "~/live/hooks";
import { useMe } from "~/session";

type Doing = Schemas["PresenceChange"]["doing"];

const AGAIN_MS = 20_000; // it lapses after 45 s
const TYPING_MS = 2_500; // typing after 6 s
const CONTACT_TYPES_MS = 6_000;

export function usePresence(conversationId: string, newestOfContact: string | undefined) {
  const queries = useQueryClient();
  const { data: me } = useMe();
  const at = { params: { path: { conversation_id: conversationId } } };
  const options = api.queryOptions("get", "/api/conversations/{conversation_id}/presence", at);
  const { data } = api.useQuery("get", "/api/conversations/{conversation_id}/presence", at);
  const key = useRef(options.queryKey);

  const say = useCallback(
    (doing: Doing, note = false) => {
      const body = { doing, note };
      client.POST("/api/conversations/{conversation_id}/presence", { params: { path: { conversation_id: conversationId } }, body, keepalive: doing === "left" }).then(
        ({ data: here }) => doing !== "left" && queries.setQueryData(key.current, here),
        () => undefined, // who cannot be reached is not here
      );
    },
    [conversationId, queries],
  );
  useEffect(() => {
    const here = () => document.visibilityState === "visible" && say("viewing");
    const left = () => say("left");
    here();
    const timer = setInterval(here, AGAIN_MS);
    document.addEventListener("visibilitychange", here);
    window.addEventListener("pagehide", left);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", here);
      window.removeEventListener("pagehide", left);
      left();
    };
  }, [say]);

  const said = useRef(0);
  const types = useCallback(
    (note: boolean) => {
      if (Date.now() - said.current < TYPING_MS) return;
      said.current = Date.now();
      say("typing", note);
    },
    [say],
  );

  const now = useMoment(data?.items.flatMap(({ until, typing_until }) => [until, typing_until]) ?? []);
  const others = (data?.items ?? []).filter(({ member_id, until }) => member_id !== me?.member?.id && Date.parse(until) > now);
  const typing = others.filter(({ typing_until }) => typing_until && Date.parse(typing_until) > now);
  return { others, typing, contactTypes: useContactTypes(conversationId, newestOfContact), types };
}

/** The time, known anew when one of these moments has come. */
function useMoment(moments: (string | null)[]): number {
  const [now, setNow] = useState(Date.now);
  const next = Math.min(...moments.flatMap((each) => (each && Date.parse(each) > now ? [Date.parse(each)] : [])));
  useEffect(() => {
    if (!Number.isFinite(next)) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(next - Date.now(), 0) + 50);
    return () => clearTimeout(timer);
  }, [next]);
  return now;
}

/** For a moment after each sign of it, until what was typed arrives. */
function useContactTypes(conversationId: string, newestOfContact: string | undefined): boolean {
  const [types, setTypes] = useState<string | null>(null); // what the newest message was then
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLiveChange(["typing"], (change) => {
    if (!change.ids?.includes(conversationId)) return;
    setTypes(newestOfContact ?? "");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTypes(null), CONTACT_TYPES_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return types !== null && types === (newestOfContact ?? "");
}
