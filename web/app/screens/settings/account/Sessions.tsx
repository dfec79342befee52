/** Where the person is signed in; each can be ended from here, or all at once. */
import { Badge, Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Part } from "../Part";
import classes from "../Settings.module.css";

type Listed = Schemas["Sessions"];

export function Sessions() {
  const { data, error, refetch } = api.useQuery("get", "/api/auth/sessions");
  const [asking, ask] = useDisclosure(false);
  const end = useAct((id: string) => client.DELETE("/api/auth/sessions/{id}", { params: { path: { id } } }), {
    failed: "The session goes on",
    guess: (id) => [{ key: ["get", "/api/auth/sessions"], change: ((answer: Listed | undefined) => answer && { items: answer.items.filter((one) => one.id !== id) }) as never }],
  });
  const endAll = useAct(() => client.POST("/api/auth/sign-out-everywhere"), { failed: "Nobody was signed out", onDone: () => location.assign("/sign-in") });
  return (
    <Part title="Where you are signed in" flush action={<Button variant="default" onClick={ask.open}>Sign out everywhere</Button>}>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Lines count={2} />}
      {data?.items.map((one) => (
        <div key={one.id} className={classes.row}>
          <div className={classes.words}>
            <Text size="sm" fw={600}>{one.device || "A browser"}</Text>
            <Text size="xs" c="dimmed">{one.ip}{one.workspace && ` · ${one.workspace}`} · last seen <Ago at={one.last_seen_at} /></Text>
          </div>
          {one.current ? <Badge color="teal">This one</Badge> : <Button variant="default" onClick={() => end.mutate(one.id)} aria-label={`End the session on ${one.device || "a browser"}`}>End</Button>}
        </div>
      ))}
      <Confirm opened={asking} close={ask.close} title="Sign out everywhere?" action="Sign out" danger busy={endAll.isPending} onConfirm={() => endAll.mutate(undefined)}>
        Every session ends, this one too.
      </Confirm>
    </Part>
  );
}
