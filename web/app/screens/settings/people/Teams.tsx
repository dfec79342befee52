/** Teams, and who is in them. */
import { ActionIcon, Button, Group, MultiSelect, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Trash2, UsersRound } from "lucide-react";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { Part } from "../Part";
import classes from "../Settings.module.css";
import { reachInWords } from "./reach";

const TeamReach = lazy(() => import("./TeamReach"));

type Team = Schemas["TeamView"];
const KEY = ["get", "/api/teams"];
const same = ((answer: unknown) => answer) as never;

export default function Teams() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = api.useQuery("get", "/api/teams", { params: { query: { limit: 100 } } });
  const members = api.useQuery("get", "/api/members", { params: { query: { limit: 100 } } });
  return (
    <>
      {isAdmin && <NewTeam />}
      <Part title="Teams" flush about="Conversations can be given to a team; whoever of it is free takes them.">
        {error && !data && <Failed error={error} retry={() => void refetch()} />}
        {!data && !error && <Lines count={2} />}
        {data && !data.items.length && <Empty icon={<UsersRound size={22} />} title="There are no teams yet">People who work on the same things: front desk, billing.</Empty>}
        {data?.items.map((team) => <Row key={team.id} team={team} teams={data.items} everybody={members.data?.items ?? []} />)}
      </Part>
    </>
  );
}

function NewTeam() {
  const [name, type] = useState("");
  const make = useAct((body: Schemas["NewTeam"]) => client.POST("/api/teams", { body }), { guess: () => [{ key: KEY, change: same }], failed: "The team was not made", onDone: () => type("") });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name: name.trim(), member_ids: [] });
  };
  return (
    <Part title="New team">
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput label="Name" flex={1} miw={200} maxLength={200} value={name} onChange={(event) => type(event.currentTarget.value)} />
          <Button type="submit" size="sm" loading={make.isPending} disabled={!name.trim()}>Make team</Button>
        </Group>
      </form>
    </Part>
  );
}

function Row({ team, teams, everybody }: { team: Team; teams: Team[]; everybody: Schemas["MemberView"][] }) {
  const isAdmin = useIsAdmin();
  const [asking, ask] = useDisclosure(false);
  const [reaching, reach] = useDisclosure(false);
  const path = { team_id: team.id };
  const inPlace = (members: Team["members"]) => [{ key: KEY, change: ((answer: { items: Team[] } | undefined) => answer && { ...answer, items: answer.items.map((one) => (one.id === team.id ? { ...one, members } : one)) }) as never }];
  const set = useAct(
    async (ids: string[]) => {
      const had = team.members.map((one) => one.id);
      for (const id of ids.filter((one) => !had.includes(one))) await client.POST("/api/teams/{team_id}/members", { params: { path }, body: { member_id: id } });
      for (const id of had.filter((one) => !ids.includes(one))) await client.DELETE("/api/teams/{team_id}/members/{member_id}", { params: { path: { ...path, member_id: id } } });
    },
    { failed: "The team was not changed", guess: (ids) => inPlace(everybody.filter((one) => ids.includes(one.id)).map(({ id, name, role }) => ({ id, name, role }))) },
  );
  const remove = useAct(() => client.DELETE("/api/teams/{team_id}", { params: { path } }), { failed: "The team stays", guess: () => [{ key: KEY, change: same }], onDone: ask.close });
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Text size="sm" fw={600}>{team.name}</Text>
        <Group gap={6} mb={6}>
          <Text size="xs" c="dimmed">{reachInWords(team)}</Text>
          {isAdmin && <Button variant="subtle" size="compact-xs" aria-label={`Change how conversations reach ${team.name}`} onClick={reach.open}>Change</Button>}
        </Group>
        {isAdmin ? (
          <MultiSelect size="xs" aria-label={`Members of ${team.name}`} placeholder={team.members.length ? "" : "Nobody yet"} searchable data={everybody.map((one) => ({ value: one.id, label: one.name }))} value={team.members.map((one) => one.id)} onChange={(ids) => set.mutate(ids)} />
        ) : (
          <Text size="sm" c="dimmed">{team.members.map((one) => one.name).join(", ") || "Nobody yet"}</Text>
        )}
      </div>
      {isAdmin && <ActionIcon variant="subtle" color="gray" aria-label={`Dissolve ${team.name}`} onClick={ask.open}><Trash2 size={15} /></ActionIcon>}
      {reaching && (
        <Suspense>
          <TeamReach team={team} teams={teams} close={reach.close} />
        </Suspense>
      )}
      <Confirm opened={asking} close={ask.close} title={`Dissolve ${team.name}?`} action="Dissolve" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        Its members stay in the workspace.
      </Confirm>
    </div>
  );
}
