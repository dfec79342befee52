/** Connecting something new: first what, then its settings. */
import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useMemo, useState } from "react";
import { api, client, said, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { ChannelIcon, channelName } from "~/ui/channel";
import { Page } from "~/ui/page";
import { Empty, Failed, Lines } from "~/ui/states";
import { faultsIn } from "./faults";
import { Issued } from "./Issued";
import { changed, fieldsOf, type Schema, valuesOf } from "./schema";
import { SchemaForm } from "./SchemaForm";
import classes from "./Connectors.module.css";

const ABOUT: Record<string, string> = {
  email: "A mailbox that is read by IMAP, or mail that is forwarded to us.",
  webchat: "A chat on your web site, by a line of code.",
  forms: "Forms of your web site, or one that we host.",
  voice_twilio: "A telephone number at Twilio: an agent answers by voice.",
  generic: "Signed events from any system, with answers sent back to it.",
};
const ADDRESS: Record<string, string> = { email: "E-mail address", voice_twilio: "Telephone number, as +493012345678", webchat: "Public key of the widget", forms: "Public key of the form", generic: "Name of the source" };

export function ConnectScreen() {
  const { channel } = useSearch({ from: "/shell/connectors/new" });
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = api.useQuery("get", "/api/integrations/toolkits");
  const chosen = data?.items.find((one) => one.name === channel);
  return (
    <Page title={chosen ? `Connect: ${channelName(chosen.name)}` : "Connect"} about={<Anchor component={Link} to={chosen ? "/connectors/new" : "/connectors"} size="sm">← {chosen ? "Something else" : "Connectors"}</Anchor>}>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Lines count={3} />}
      {data && !isAdmin && <Empty title="Not for your role">An admin of the workspace connects accounts.</Empty>}
      {data && isAdmin && !chosen && (
        <div className={classes.choices}>
          {data.items.map((one) => (
            <Link key={one.name} to="/connectors/new" search={{ channel: one.name }} className={classes.choice}>
              <ChannelIcon channel={one.name} size={20} />
              <Text fw={600} size="sm" mt={6}>{channelName(one.name)}</Text>
              <Text size="sm" c="dimmed">{ABOUT[one.name] ?? ""}</Text>
              {one.accounts > 0 && <Text size="xs" c="dimmed" mt={4}>{one.accounts} connected</Text>}
            </Link>
          ))}
        </div>
      )}
      {isAdmin && chosen && <Form key={chosen.name} toolkit={chosen} />}
    </Page>
  );
}

function Form({ toolkit }: { toolkit: Schemas["Toolkit"] }) {
  const fields = useMemo(() => fieldsOf(toolkit.settings_schema as Schema), [toolkit]);
  const [before] = useState(() => valuesOf(fields, {}));
  const [values, change] = useState(before);
  const [address, name] = useState("");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const needsAddress = toolkit.name === "email";
  const connect = useAct(() => client.POST("/api/accounts", { body: { channel: toolkit.name, address: address.trim() || null, settings: changed(fields, before, values) } }), {
    failed: false,
    onDone: ({ data }) => {
      void queries.invalidateQueries({ queryKey: ["get", "/api/accounts"] });
      if (data && !Object.keys(data.issued).length) void navigate({ to: "/connectors/$accountId", params: { accountId: data.id } });
    },
  });
  const faults = faultsIn(connect.error);
  const made = connect.data?.data;
  if (made) return <Issued secrets={made.issued} accountId={made.id} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    connect.mutate(undefined);
  };
  return (
    <form onSubmit={submit} className={classes.narrow} noValidate>
      <Stack gap="md">
        {connect.error && <Alert color="red" title="It was not connected">{said(connect.error)}</Alert>}
        <TextInput
          label={ADDRESS[toolkit.name] ?? "Address"}
          description={needsAddress ? undefined : "Made for you if left empty."}
          required={needsAddress}
          type={needsAddress ? "email" : "text"}
          maxLength={320}
          data-autofocus
          error={faults.address}
          value={address}
          onChange={(event) => name(event.currentTarget.value)}
        />
        <SchemaForm fields={fields} values={values} faults={faults} change={change} />
        <Group>
          <Button type="submit" size="sm" loading={connect.isPending} disabled={needsAddress && !address.trim()}>
            Connect
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
