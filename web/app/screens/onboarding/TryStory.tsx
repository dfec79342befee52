/** What becomes of a test message, as it happens: came in, who it is, who answers, what was said. */
import { Anchor, Loader, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { api, type Schemas } from "~/api";
import { duration } from "~/ui/time";
import { StateMark } from "./StateMark";
import classes from "./Onboarding.module.css";

type Event = Schemas["Event"];
type Told = { done: boolean; failed?: boolean; text: ReactNode; at?: string | null };

export function TryStory({ tried }: { tried: Schemas["TryView"] }) {
  const queries = useQueryClient();
  const eventId = tried.event_id;
  const { data: event } = api.useQuery(
    "get",
    "/api/events/{event_id}",
    { params: { path: { event_id: eventId ?? "" } } },
    { enabled: eventId !== null, refetchInterval: ({ state }) => (state.data?.outcome ? false : 2_000) },
  );
  const runId = event?.run_id;
  const { data: run } = api.useQuery(
    "get",
    "/api/runs/{run_id}",
    { params: { path: { run_id: runId ?? "" } } },
    { enabled: Boolean(runId), refetchInterval: ({ state }) => (state.data?.ended_at ? false : 2_000) },
  );
  const came = event?.outcome ?? event?.waiting_for;
  useEffect(() => {
    if (came) void queries.invalidateQueries({ queryKey: ["get", "/api/onboarding"] });
  }, [came, queries]);
  const answer = typeof run?.output?.text === "string" ? run.output.text : null;
  return (
    <div aria-live="polite">
      <ol className={classes.story}>
        {told(tried, event, run).map((step, index) => (
          <li key={index}>
            {step.done ? <StateMark state={step.failed ? "failed" : "done"} size={15} /> : <Loader size={14} role="img" aria-label="Under way" />}
            <span>{step.text}</span>
            {step.at && <Text size="xs" c="dimmed">{duration(Math.max(0, Date.parse(step.at) - Date.parse(tried.created_at)) / 1_000)}</Text>}
          </li>
        ))}
      </ol>
      {answer && <div className={classes.answer}>{answer}</div>}
      {eventId && (
        <Anchor component={Link} to={`/events/${eventId}`} size="sm" mt="xs" display="inline-block">
          The whole story →
        </Anchor>
      )}
    </div>
  );
}

const WAITS: Record<string, string> = { run: "for somebody to start the agent: Auto mode is off", approval: "for somebody's yes", person: "for a person" };

function told(tried: Schemas["TryView"], event: Event | undefined, run: Schemas["dynaris__agents__schemas__Run"] | undefined): Told[] {
  const sent = tried.kind === "mail" ? "The mail was taken" : "The chat message was taken";
  if (!event) return [{ done: true, text: sent }, { done: false, text: "It is on its way into the ledger" }];
  const steps: Told[] = [{ done: true, text: `${sent}, and stands in the ledger`, at: event.created_at }];
  const why = (about: Event["match"]) => (typeof about?.reason === "string" ? `: ${about.reason}` : "");
  if (event.match) steps.push({ done: true, text: `The sender is known as a ${event.match.created ? "new " : ""}contact${why(event.match)}` });
  if (event.decision) {
    const agent = typeof event.decision.agent === "string" ? event.decision.agent : "agent";
    steps.push({ done: true, text: `The ${agent} agent takes it${why(event.decision)}` });
  }
  if (run?.ended_at) steps.push({ done: true, failed: Boolean(run.error), text: run.error ?? `Written by ${run.model} in ${run.steps.length} steps`, at: run.ended_at });
  steps.push(ending(event));
  return steps;
}

function ending(event: Event): Told {
  if (event.outcome === "answered") return { done: true, text: "Answered", at: event.settled_at };
  if (event.outcome) return { done: true, failed: true, text: `Ended as ${event.outcome.replace("_", " ")}${event.reason ? `: ${event.reason}` : ""}`, at: event.settled_at };
  if (event.waiting_for) return { done: false, text: `It waits ${WAITS[event.waiting_for] ?? `(${event.waiting_for})`}` };
  return { done: false, text: "It is being answered" };
}
