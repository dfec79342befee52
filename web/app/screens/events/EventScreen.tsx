/** One event: its whole story, and what a person can do about it. */
import { Anchor, Button, Text } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { channelName } from "~/ui/channel";
import { calledBy } from "~/ui/contact";
import { Page } from "~/ui/page";
import { Empty, Failed, isGone, Lines } from "~/ui/states";
import { Ago, duration } from "~/ui/time";
import { useSeen } from "../notifications/useSeen";
import { agentName, type Line, ownerName, StateBadge, stateOf, Urgency } from "./ledger/state";
import { Timeline } from "./story/Timeline";
import { type Story, toldOf } from "./story/steps";
import classes from "./story/story.module.css";

const HandOff = lazy(() => import("./HandOff"));
const route = getRouteApi("/shell/events/$eventId");

export function EventScreen() {
  const { eventId } = route.useParams();
  useSeen(`event:${eventId}`);
  const story = api.useQuery("get", "/api/events/{event_id}/story", { params: { path: { event_id: eventId } } });
  const told = useMemo(() => (story.data ? toldOf(story.data) : []), [story.data]);
  const line = story.data?.event;
  return (
    <Page
      title={line ? (line.subject ?? line.contact_name ?? line.contact_address ?? "An inquiry") : "Event"}
      about={
        <>
          <Anchor component={Link} to="/events" inherit underline="always">
            <ArrowLeft size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> Events
          </Anchor>
          {line && (
            <>
              {" · "}
              {channelName(line.channel)} · <Ago at={line.created_at} />
            </>
          )}
        </>
      }
      actions={line && <Actions line={line} />}
    >
      {story.isPending && <Lines />}
      {story.isError && !story.data && (isGone(story.error) ? <Empty title="There is no such event">It may have been erased, or belongs to another workspace.</Empty> : <Failed error={story.error} retry={() => void story.refetch()} />)}
      {story.data && (
        <div className={classes.layout}>
          <Timeline told={told} />
          <Facts story={story.data} />
        </div>
      )}
    </Page>
  );
}

/** What the server will answer, so that the button's effect is seen at once. */
function queued(id: string) {
  const change = (before?: Story) => before && { ...before, event: { ...before.event, status: "queued", outcome: null, waiting_for: null, deadline: null, owner: "agent", owner_name: null } };
  return [{ key: ["get", "/api/events/{event_id}/story", { params: { path: { event_id: id } } }], change: change as never }];
}

function Actions({ line }: { line: Line }) {
  const params = { path: { event_id: line.id } };
  const [handing, hand] = useState(false);
  const run = useAct(() => client.POST("/api/events/{event_id}/run", { params }), { guess: () => queued(line.id), failed: "It was not run" });
  const replay = useAct(async () => (await client.POST("/api/events/{event_id}/replay", { params })).data, {
    guess: () => queued(line.id),
    failed: "It was not replayed",
    done: (answer: Schemas["Replayed"] | undefined) => (answer?.reply_stands ? "An earlier reply stands: the AI works, but sends nothing" : undefined),
  });
  const waits = line.status === "waiting" && (line.waiting_for === "run" || line.waiting_for === "person");
  const away = line.status === "queued";
  return (
    <>
      {line.conversation_id && (
        <Button variant="default" component={Link} to={`/inbox/all/${line.conversation_id}` as "/"}>
          Open conversation
        </Button>
      )}
      <Button variant="default" disabled={away || !line.conversation_id} onClick={() => hand(true)}>
        Hand off…
      </Button>
      {!waits && (
        <Button variant={line.outcome === "failed" ? "filled" : "default"} disabled={away} loading={replay.isPending} onClick={() => replay.mutate(undefined)}>
          Replay
        </Button>
      )}
      {waits && (
        <Button loading={run.isPending} onClick={() => run.mutate(undefined)}>
          Run
        </Button>
      )}
      <Suspense>{handing && <HandOff eventId={line.id} close={() => hand(false)} />}</Suspense>
    </>
  );
}

function Facts({ story }: { story: Story }) {
  const { event: line, runs } = story;
  const cost = runs.reduce((sum, run) => sum + Number(run.cost ?? 0), 0);
  const tokens = runs.reduce((sum, run) => sum + run.input_tokens + run.output_tokens, 0);
  const unpriced = runs.some((run) => run.cost === null);
  return (
    <dl className={classes.facts} aria-label="In short">
      <Fact name="State">
        <StateBadge state={stateOf(line)} />
        {line.reason && <Text size="xs" c="dimmed">{line.reason}</Text>}
      </Fact>
      <Fact name="Owner">
        {ownerName(line)} <Urgency line={{ ...line, first_response_seconds: null }} />
      </Fact>
      {line.contact_id && (
        <Fact name="Contact">
          <Anchor component={Link} to={`/contacts/${line.contact_id}` as "/"} inherit underline="always">
            {calledBy(line.contact_name, line.channel === "webchat", line.contact_address)}
          </Anchor>
          <br />
          <Link to="/events" search={{ contact: line.contact_id }} className={classes.link}>
            All their events
          </Link>
        </Fact>
      )}
      <Fact name="Came by">
        {channelName(line.channel)}
        {line.account && ` · ${line.account}`}
      </Fact>
      <Fact name="First response">{line.first_response_seconds == null ? "none yet" : `after ${duration(line.first_response_seconds)}`}</Fact>
      <Fact name="Models">
        {runs.length === 0 ? "not asked" : `${cost ? `$${cost.toFixed(4)}` : "no cost"}${unpriced ? ", some at an unknown price" : ""}${tokens ? ` · ${tokens.toLocaleString()} tokens` : ""}`}
      </Fact>
      {runs.length > 0 && (
        <Fact name={runs.length === 1 ? "Run" : "Runs"}>
          {runs.map((run) => (
            <div key={run.id}>
              {agentName(run.agent)} · {run.model} · {run.status}
              {run.ended_at && ` · ${duration((new Date(run.ended_at).getTime() - new Date(run.created_at).getTime()) / 1_000)}`}
            </div>
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
