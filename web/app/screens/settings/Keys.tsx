/** API keys: made, shown once, revoked. */
import { Alert, Button, Group, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Copyable } from "~/ui/Copyable";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Part } from "./Part";
import classes from "./Settings.module.css";

const KEY = ["get", "/api/api-keys"];
const same = ((answer: unknown) => answer) as never;

export default function Keys() {
  const { data, error, refetch } = api.useQuery("get", "/api/api-keys", { params: { query: { limit: 100 } } });
  return (
    <>
      <NewKey />
      <Part title="Keys" flush about="Each acts as an admin of this workspace, and ends when who made it is no admin any more.">
        {error && !data && <Failed error={error} retry={() => void refetch()} />}
        {!data && !error && <Lines count={2} />}
        {data && !data.items.length && <Empty icon={<KeyRound size={22} />} title="There are no keys">A program that talks to the API needs one.</Empty>}
        {data?.items.map((one) => <Row key={one.id} made={one} />)}
      </Part>
    </>
  );
}

function NewKey() {
  const [name, type] = useState("");
  const [key, show] = useState<string>();
  const make = useAct((body: Schemas["NewApiKey"]) => client.POST("/api/api-keys", { body }), {
    guess: () => [{ key: KEY, change: same }],
    failed: "No key was made",
    onDone: ({ data }) => {
      show(data?.key);
      type("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name: name.trim() });
  };
  return (
    <Part title="New key">
      {key && (
        <Alert icon={<KeyRound size={18} />} mb="md" title="Copy it now: it is not shown again." withCloseButton closeButtonLabel="Put away" onClose={() => show(undefined)}>
          <Copyable text={key} />
        </Alert>
      )}
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput label="What it is for" placeholder="Web shop" flex={1} miw={200} maxLength={100} value={name} onChange={(event) => type(event.currentTarget.value)} />
          <Button type="submit" size="sm" loading={make.isPending} disabled={!name.trim()}>Make key</Button>
        </Group>
      </form>
    </Part>
  );
}

function Row({ made }: { made: Schemas["ApiKeyView"] }) {
  const [asking, ask] = useDisclosure(false);
  const revoke = useAct(() => client.DELETE("/api/api-keys/{id}", { params: { path: { id: made.id } } }), { failed: "The key still works", guess: () => [{ key: KEY, change: same }], onDone: ask.close });
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Text size="sm" fw={600}>{made.name}</Text>
        <Text size="xs" c="dimmed">
          {made.prefix}… · made <Ago at={made.created_at} />{made.created_by_name && ` by ${made.created_by_name}`} · {made.last_used_at ? <>used <Ago at={made.last_used_at} /></> : "never used"}
        </Text>
      </div>
      <Button variant="default" color="red" onClick={ask.open} aria-label={`Revoke ${made.name}`}>Revoke</Button>
      <Confirm opened={asking} close={ask.close} title={`Revoke ${made.name}?`} action="Revoke" danger busy={revoke.isPending} onConfirm={() => revoke.mutate(undefined)}>
        Programs that use it are refused within five seconds.
      </Confirm>
    </div>
  );
}
