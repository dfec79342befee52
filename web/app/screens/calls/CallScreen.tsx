/** One call: who called whom, what was said, who was on the line, how it ended and what it cost; it grows while it goes on. */
import { Anchor, Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { api } from "~/api";
import { lazy, Suspense, useRef } from "react";
import { useLiveChange } from "~/live/hooks";
import { Page } from "~/ui/page";
import { Empty, Failed, isGone, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Costs } from "./detail/Costs";
import classes from "./detail/detail.module.css";
import { Facts } from "./detail/Facts";
import { Legs } from "./detail/Legs";
import { Recording } from "./detail/Recording";
import { Section } from "./detail/Section";
import { Transcript } from "./detail/Transcript";
import { numbersOf, whoOf } from "./words";

const LiveCall = lazy(() => import("./live/LiveCall"));
const route = getRouteApi("/shell/calls/$callId");
const PATH = "/api/calls/{call_id}";

function useCall(id: string) {
  const queries = useQueryClient();
  const call = api.useQuery("get", PATH, { params: { path: { call_id: id } } });
  const conversation = call.data?.conversation_id;
  // What is said is told as a change of the conversation that it stands in.
  useLiveChange(["conversation"], ({ kind, ids }) => {
    const isOurs = kind === "conversation" && conversation && (ids === null || ids.includes(conversation));
    if (isOurs) void queries.invalidateQueries({ queryKey: ["get", PATH, { params: { path: { call_id: id } } }] });
  });
  return call;
}

export function CallScreen() {
  const { callId } = route.useParams();
  const { data: call, error, isPending, refetch } = useCall(callId);
  const player = useRef<HTMLAudioElement>(null);
  const play = (second: number) => {
    if (!player.current) return;
    player.current.currentTime = second;
    void player.current.play();
  };
  return (
    <Page
      title={call ? whoOf(call) : "Call"}
      about={
        <>
          <Anchor component={Link} to="/calls" inherit underline="always">
            <ArrowLeft size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> Calls
          </Anchor>
          {call && (
            <>
              {" · "}
              {call.test ? "Test call from a browser" : call.direction === "inbound" ? `Called ${numbersOf(call).ours}` : `Called from ${numbersOf(call).ours}`} · <Ago at={call.created_at} />
            </>
          )}
        </>
      }
      actions={
        call && (
          <>
            <Button variant="default" component={Link} to={`/events/${call.event_id}` as "/"}>
              Its event
            </Button>
            <Button variant="default" component={Link} to={`/inbox/all/${call.conversation_id}` as "/"}>
              Open conversation
            </Button>
          </>
        )
      }
    >
      {isPending && <Lines />}
      {error && !call && (isGone(error) ? <Empty title="There is no such call">It may have been erased, or belongs to another workspace.</Empty> : <Failed error={error} retry={() => void refetch()} />)}
      {call && (
        <div className={classes.layout}>
          <div className={classes.main}>
            {call.summary && (
              <Section title="Summary">
                <p className={classes.summary}>{call.summary}</p>
              </Section>
            )}
            {call.status === "live" && (
              <Suspense>
                <LiveCall key={call.id} call={call} />
              </Suspense>
            )}
            <Recording call={call} player={player} />
            <Transcript call={call} play={call.recording ? play : undefined} />
            <Legs call={call} />
            <Costs call={call} />
          </div>
          <Facts call={call} />
        </div>
      )}
    </Page>
  );
}
