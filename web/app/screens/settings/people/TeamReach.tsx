/** How a team's conversations reach its members: all at once or one after the other, at which hours, and who else may get them. */
import { Button, Group, Modal, NumberInput, Select, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { WeekEditor } from "~/screens/scheduling/Hours";
import { useAct } from "~/ui/act";
import { STRATEGIES } from "./reach";

type Team = Schemas["TeamView"];
type Changes = Schemas["TeamChanges"];
const same = ((answer: unknown) => answer) as never;
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;
const OFFICE = Object.fromEntries(DAYS.map((day) => [day, ["09:00-17:00"]])) as NonNullable<Team["business_hours"]>;

export default function TeamReach({ team, teams, close }: { team: Team; teams: Team[]; close: () => void }) {
  const [draft, change] = useState<Changes>({
    strategy: team.strategy,
    ring_seconds: team.ring_seconds,
    fit_minutes: team.fit_minutes,
    most_held: team.most_held,
    business_hours: team.business_hours,
    overflow_team_id: team.overflow_team_id,
    overflow_minutes: team.overflow_minutes,
    closed_team_id: team.closed_team_id,
    takes_hand_offs: team.takes_hand_offs,
  });
  const save = useAct((body: Changes) => client.PATCH("/api/teams/{team_id}", { params: { path: { team_id: team.id } }, body }), {
    failed: "The team was not changed",
    guess: () => [{ key: ["get", "/api/teams"], change: same }],
    onDone: close,
  });
  const set = (next: Changes) => change({ ...draft, ...next });
  const others = teams.filter((one) => one.id !== team.id).map((one) => ({ value: one.id, label: one.name }));
  const number = (name: "ring_seconds" | "fit_minutes" | "most_held" | "overflow_minutes", label: string, about: string, min: number, max: number) => (
    <NumberInput label={label} description={about} min={min} max={max} allowDecimal={false} value={draft[name] ?? ""} onChange={(value) => set({ [name]: value === "" ? undefined : Number(value) })} />
  );
  return (
    <Modal opened onClose={close} title={`How conversations reach ${team.name}`} size="lg">
      <Stack>
        <Select label="Strategy" allowDeselect={false} data={STRATEGIES.map(({ value, label }) => ({ value, label }))} value={draft.strategy ?? null} onChange={(value) => value && set({ strategy: value as Team["strategy"] })} description={STRATEGIES.find((one) => one.value === draft.strategy)?.about} />
        {draft.strategy !== "everyone" && (
          <>
            {number("ring_seconds", "Seconds that it rings at one member", "Then it rings at the next one.", 5, 600)}
            {number("fit_minutes", "Minutes for members with the right language and skills", "Then anybody of the team who is free is asked.", 0, 1440)}
            {number("most_held", "Conversations that one member holds at most", "Who holds as many is asked no more.", 1, 100)}
          </>
        )}
        <Switch label="Gets what the AI hands over" description="One team does. Without one, the owner and admins are told." checked={Boolean(draft.takes_hand_offs)} onChange={(event) => set({ takes_hand_offs: event.currentTarget.checked })} />
        <Select label="What nobody takes goes to" clearable placeholder="No other team" data={others} value={draft.overflow_team_id ?? null} onChange={(value) => set({ overflow_team_id: value })} />
        {draft.overflow_team_id && number("overflow_minutes", "After minutes", "Or as soon as everybody who is there let it pass.", 1, 1440)}
        <Switch label="Hours of its own" description="Else it is open when the business is. Special days are the business's." checked={Boolean(draft.business_hours)} onChange={(event) => set({ business_hours: event.currentTarget.checked ? OFFICE : null })} />
        {draft.business_hours && <WeekEditor value={draft.business_hours} onChange={(business_hours) => set({ business_hours })} />}
        <Select label="While it is closed, this team answers" clearable placeholder="Nobody: contacts are told when it opens" data={others} value={draft.closed_team_id ?? null} onChange={(value) => set({ closed_team_id: value })} />
        {save.isError && <Text size="sm" c="var(--mantine-color-error)" role="alert">{save.error.message}</Text>}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button loading={save.isPending} onClick={() => save.mutate(draft)}>Save</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
