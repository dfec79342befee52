import { Bot, UserRound, UserRoundX, Users } from "lucide-react";
import { api } from "~/api";
import type { Line } from "../queues";
import { Chooser, type Option } from "./Chooser";
import type { Handling } from "./useHandling";
import { useInboxMe } from "./useInboxMe";

type Props = { ids: readonly string[]; lines: readonly Line[]; handling: Handling; close: () => void };

export default function AssignDialog({ ids, lines, handling, close }: Props) {
  const me = useInboxMe();
  const { data: members } = api.useQuery("get", "/api/members", { params: { query: { limit: 100 } } });
  const { data: teams } = api.useQuery("get", "/api/teams", { params: { query: { limit: 100 } } });
  const one = ids.length === 1 ? lines.find(({ id }) => id === ids[0]) : undefined;

  const people = [...(members?.items ?? [])].sort((a, b) => Number(b.id === me.memberId) - Number(a.id === me.memberId) || a.name.localeCompare(b.name));
  const options: Option[] = [
    ...people.map(({ id, name }) => ({ key: `member:${id}`, label: name, hint: id === me.memberId ? "You" : undefined, icon: <UserRound size={15} aria-hidden />, checked: one?.holder_id === id })),
    ...(teams?.items ?? []).map(({ id, name }) => ({ key: `team:${id}`, label: name, hint: "Team", icon: <Users size={15} aria-hidden />, checked: one?.holder === "team" && one.team_id === id })),
    { key: "nobody", label: "Nobody yet", hint: "Unassigned", icon: <UserRoundX size={15} aria-hidden />, checked: one?.holder === "team" && !one.team_id },
    ...(one && one.holder !== "agent" ? [{ key: "ai", label: "The AI", hint: "Hand back", icon: <Bot size={15} aria-hidden /> }] : []),
  ];
  const choose = (key: string) => {
    const [kind, id] = key.split(":");
    const member = kind === "member" ? people.find((person) => person.id === id) : undefined;
    const team = kind === "team" ? teams?.items.find((each) => each.id === id) : undefined;
    if (kind === "ai") void handling.handBack(ids[0]!);
    else void handling.assign(ids, { member, team }, one);
  };
  return <Chooser title={ids.length === 1 ? "Assign to" : `Assign ${ids.length} conversations to`} placeholder="A teammate or team" options={options} choose={choose} close={close} />;
}
