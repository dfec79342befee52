/** Who works here, in which role, and who is invited. */
import { ActionIcon, Avatar, Badge, Button, Group, Menu, Select, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Ellipsis } from "lucide-react";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin, useMe } from "~/session";
import { StatusDot, statusName } from "~/screens/notifications/status";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Part } from "../Part";
import classes from "../Settings.module.css";

const AbilitiesDialog = lazy(() => import("./AbilitiesDialog"));

type Member = Schemas["MemberView"];
type Role = Member["role"];
const MEMBERS = ["get", "/api/members"];
const INVITATIONS = ["get", "/api/invitations"];
const same = ((answer: unknown) => answer) as never;
const ABOUT: Record<Role, string> = { owner: "everything", admin: "all but owners and the plan", teammate: "conversations, contacts and tasks" };

export default function Members() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = api.useQuery("get", "/api/members", { params: { query: { limit: 100 } } });
  return (
    <>
      {isAdmin && <Invite />}
      <Part title="Members" flush>
        {error && !data && <Failed error={error} retry={() => void refetch()} />}
        {!data && !error && <Lines count={3} />}
        {data?.items.map((member) => <Row key={member.id} member={member} />)}
      </Part>
      {isAdmin && <Invitations />}
    </>
  );
}

function useRoles(): Role[] {
  const { data: me } = useMe();
  return me?.role === "owner" ? ["teammate", "admin", "owner"] : ["teammate", "admin"];
}

function Invite() {
  const roles = useRoles();
  const [email, type] = useState("");
  const [role, choose] = useState<Role>("teammate");
  const send = useAct((body: Schemas["NewInvitation"]) => client.POST("/api/invitations", { body }), {
    guess: () => [{ key: INVITATIONS, change: same }],
    done: ({ data }) => data && `An invitation is on its way to ${data.email}`,
    failed: "Nobody was invited",
    onDone: () => type(""),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate({ email: email.trim(), role });
  };
  return (
    <Part title="Invite somebody" about="They get a mail with a link that works for seven days.">
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput label="E-mail address" type="email" required flex={1} miw={220} value={email} onChange={(event) => type(event.currentTarget.value)} />
          <Select label="Role" allowDeselect={false} w={130} data={roles.map((one) => ({ value: one, label: one }))} value={role} onChange={(value) => value && choose(value as Role)} />
          <Button type="submit" size="sm" loading={send.isPending} disabled={!email.includes("@")}>Invite</Button>
        </Group>
        <Text size="xs" c="dimmed" mt={6}>May do: {ABOUT[role]}.</Text>
      </form>
    </Part>
  );
}

function Row({ member }: { member: Member }) {
  const { data: me } = useMe();
  const isAdmin = useIsAdmin();
  const roles = useRoles();
  const [asking, ask] = useDisclosure(false);
  const [knowing, know] = useDisclosure(false);
  const isMe = me?.member?.id === member.id;
  const mayChange = isAdmin && Boolean(me?.member) && (member.role !== "owner" || me?.role === "owner");
  const path = { id: member.id };
  const setRole = useAct((role: Role) => client.PATCH("/api/members/{id}", { params: { path }, body: { role } }), {
    failed: "The role was not changed",
    guess: (role) => [{ key: MEMBERS, change: ((answer: { items: Member[] } | undefined) => answer && { ...answer, items: answer.items.map((one) => (one.id === member.id ? { ...one, role } : one)) }) as never }],
  });
  const remove = useAct(() => client.DELETE("/api/members/{id}", { params: { path } }), {
    failed: "They stay a member",
    guess: () => [{ key: MEMBERS, change: same }],
    done: isMe ? undefined : `${member.name} is no member any more`,
    onDone: () => (isMe ? location.assign("/") : ask.close()),
  });
  return (
    <div className={classes.row}>
      <Avatar size={32} radius="xl" color="iris" variant="filled" name={member.name} />
      <div className={classes.words}>
        <Text size="sm" fw={600}>{member.name}{isMe && <Text span size="sm" c="dimmed"> (you)</Text>}</Text>
        <Text size="xs" c="dimmed">{member.email}</Text>
        {Boolean(member.languages.length + member.skills.length) && <Text size="xs" c="dimmed">{[...member.languages, ...member.skills].join(", ")}</Text>}
      </div>
      <Group gap={6} wrap="nowrap" title={member.status_since ? undefined : "Never chosen"}>
        <StatusDot status={member.status} />
        <Text size="sm" c="dimmed">{statusName(member.status)}{member.status_note && `: ${member.status_note}`}</Text>
      </Group>
      {mayChange ? (
        <Select size="xs" w={120} aria-label={`Role of ${member.name}`} allowDeselect={false} data={roles} value={member.role} onChange={(value) => value && setRole.mutate(value as Role)} />
      ) : (
        <Badge color="gray">{member.role}</Badge>
      )}
      {(isAdmin || isMe) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More about ${member.name}`}><Ellipsis size={16} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {isAdmin && <Menu.Item onClick={know.open}>Languages and skills…</Menu.Item>}
            {(mayChange || isMe) && <Menu.Item color="red" onClick={ask.open}>{isMe ? "Leave this workspace…" : "Remove…"}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
      {knowing && (
        <Suspense>
          <AbilitiesDialog member={member} close={know.close} />
        </Suspense>
      )}
      <Confirm opened={asking} close={ask.close} title={isMe ? "Leave this workspace?" : `Remove ${member.name}?`} action={isMe ? "Leave" : "Remove"} danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        Sessions here, API keys they made and invitations they sent end at once. What they wrote stays.
      </Confirm>
    </div>
  );
}

function Invitations() {
  const { data, error } = api.useQuery("get", "/api/invitations", { params: { query: { limit: 100 } } });
  const again = useAct((id: string) => client.POST("/api/invitations/{id}/resend", { params: { path: { id } } }), { failed: "The invitation was not sent again", guess: () => [{ key: INVITATIONS, change: same }], done: "Sent again, with a new link" });
  const takeBack = useAct((id: string) => client.DELETE("/api/invitations/{id}", { params: { path: { id } } }), {
    failed: "The invitation stands",
    guess: (id) => [{ key: INVITATIONS, change: ((answer: { items: { id: string }[] } | undefined) => answer && { ...answer, items: answer.items.filter((one) => one.id !== id) }) as never }],
  });
  if (error) return <Failed error={error} />;
  return (
    <Part title="Invited" flush>
      {data && !data.items.length && <Empty title="No invitation is open">Who was invited and has not answered yet stands here.</Empty>}
      {data?.items.map((one) => (
        <div key={one.id} className={classes.row}>
          <div className={classes.words}>
            <Text size="sm" fw={600}>{one.email}</Text>
            <Text size="xs" c="dimmed">as {one.role}, {Date.parse(one.expires_at) > Date.now() ? "until" : "ended"} <Ago at={one.expires_at} /></Text>
          </div>
          <Button variant="default" loading={again.isPending && again.variables === one.id} onClick={() => again.mutate(one.id)} aria-label={`Send again to ${one.email}`}>Send again</Button>
          <Button variant="subtle" color="red" onClick={() => takeBack.mutate(one.id)} aria-label={`Take back the invitation of ${one.email}`}>Take back</Button>
        </div>
      ))}
    </Part>
  );
}
