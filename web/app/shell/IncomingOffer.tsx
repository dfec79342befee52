/** A conversation that rings at whoever is signed in, on whatever screen: they take it, or let it go to the next. */
import { Button, Group, Paper, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { PhoneIncoming } from "lucide-react";
import { useEffect, useState } from "react";
import { api, client, Problem, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import classes from "./IncomingOffer.module.css";

type Offer = Schemas["OfferView"];
const KEY = ["get", "/api/me/offers"];
const none = (() => ({ items: [] })) as never;

export default function IncomingOffer() {
  // Notifications tell when to look (live/renew.ts); a look now and then besides, should one be missed.
  const { data } = api.useQuery("get", "/api/me/offers", {}, { refetchInterval: 20_000, retry: (failures, error) => failures < 3 && !((error as unknown) instanceof Problem) });
  const offer = data?.items[0];
  return (
    <div className={classes.place} role="region" aria-label="Incoming conversation">
      <p className={classes.said} aria-live="assertive">{offer && `${offer.whom} waits: will you take it?`}</p>
      {offer && <Ringing key={offer.id} offer={offer} />}
    </div>
  );
}

function Ringing({ offer }: { offer: Offer }) {
  const navigate = useNavigate();
  const left = useSecondsUntil(offer.rings_until);
  const path = { offer_id: offer.id };
  const guess = () => [{ key: KEY, change: none }];
  const take = useAct(() => client.POST("/api/me/offers/{offer_id}/accept", { params: { path } }), {
    failed: "You do not have it",
    guess,
    onDone: () => void navigate({ to: "/inbox/$queue/$conversationId", params: { queue: "mine", conversationId: offer.conversation_id } }),
  });
  const pass = useAct(() => client.POST("/api/me/offers/{offer_id}/decline", { params: { path } }), { failed: "It still rings", guess });
  const all = Math.max(1, (Date.parse(offer.rings_until) - Date.parse(offer.offered_at)) / 1_000);
  return (
    <Paper withBorder shadow="lg" className={classes.card}>
      <div className={classes.time} style={{ transform: `scaleX(${Math.min(1, left / all)})` }} aria-hidden />
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <PhoneIncoming size={18} className={classes.bell} aria-hidden />
        <div className={classes.words}>
          <Text size="sm" fw={600} className={classes.whom}>{offer.whom}</Text>
          <Text size="xs" c="dimmed">{offer.team_name}{left > 0 && `, rings for ${left} s more`}</Text>
          <Text size="sm" mt={6} lineClamp={4}>{offer.summary || offer.said || offer.subject}</Text>
        </div>
      </Group>
      <Group justify="flex-end" gap="xs" mt="sm">
        <Button variant="default" loading={pass.isPending} onClick={() => pass.mutate(undefined)}>Not now</Button>
        <Button loading={take.isPending} onClick={() => take.mutate(undefined)}>Take it</Button>
      </Group>
    </Paper>
  );
}

/** Whole seconds, never less than none; the server decides when it is over. */
function useSecondsUntil(moment: string): number {
  const seconds = () => Math.max(0, Math.ceil((Date.parse(moment) - Date.now()) / 1_000));
  const [left, set] = useState(seconds);
  useEffect(() => {
    const timer = setInterval(() => set(seconds()), 1_000);
    return () => clearInterval(timer);
  });
  return left;
}
