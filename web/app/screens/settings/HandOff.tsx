/** Whom people answer first, and how conversations end for those who had them. */
import { NumberInput, Stack, Table, TagsInput, Text } from "@mantine/core";
import { useState } from "react";
import { api, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { Failed, Lines } from "~/ui/states";
import { Form, Part } from "./Part";
import { useChangeSettings, useWorkspaceSettings } from "./useWorkspaceSettings";

type Own = Pick<Schemas["WorkspaceSettings"], "vip_tags" | "dispositions" | "wrap_up_seconds">;

export default function HandOff() {
  const { data, error, refetch } = useWorkspaceSettings();
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  const { vip_tags, dispositions, wrap_up_seconds } = data;
  return (
    <>
      <Editor key={JSON.stringify([vip_tags, dispositions, wrap_up_seconds])} stored={{ vip_tags, dispositions, wrap_up_seconds }} />
      <Ended />
    </>
  );
}

function Editor({ stored }: { stored: Own }) {
  const isAdmin = useIsAdmin();
  const [draft, change] = useState(stored);
  const save = useChangeSettings();
  const isChanged = JSON.stringify(draft) !== JSON.stringify(stored);
  return (
    <Form onSubmit={() => save.mutate(draft)} error={save.error} busy={save.isPending} isChanged={isChanged} discard={() => change(stored)} readOnly={!isAdmin}>
      <Part title="Answered by people first" about="Contacts with one of these tags are given to people before the AI answers, also with Auto Mode on.">
        <TagsInput label="Tags of contacts" placeholder={draft.vip_tags.length ? "" : "VIP"} disabled={!isAdmin} value={draft.vip_tags} onChange={(vip_tags) => change({ ...draft, vip_tags })} />
      </Part>
      <Part title="Wrap-up" about="Who closes a conversation that they had, or gives it back to the AI, is asked how it ended.">
        <Stack gap="sm">
          <TagsInput label="How a conversation can end" disabled={!isAdmin} value={draft.dispositions} onChange={(dispositions) => change({ ...draft, dispositions })} />
          <NumberInput label="Nothing new is offered for" description="0 is not at all; it ends once they have said how it ended." suffix=" seconds" min={0} max={3600} allowDecimal={false} maw={260} disabled={!isAdmin} value={draft.wrap_up_seconds} onChange={(value) => change({ ...draft, wrap_up_seconds: Number(value) || 0 })} />
        </Stack>
      </Part>
    </Form>
  );
}

function Ended() {
  const { data } = api.useQuery("get", "/api/wrap-ups/report");
  if (!data?.items.length) return null;
  return (
    <Part title="How they ended" about="Of the last 30 days." flush>
      <Table>
        <Table.Tbody>
          {data.items.map((one) => (
            <Table.Tr key={one.disposition}>
              <Table.Td>{one.disposition}</Table.Td>
              <Table.Td ta="right"><Text size="sm" span>{one.conversations}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Part>
  );
}
