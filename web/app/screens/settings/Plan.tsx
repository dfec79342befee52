/** What was agreed with this business on plan and credits, as an owner or staff noted it. */
import { Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "~/api";
import { useMe } from "~/session";
import { Failed, Lines } from "~/ui/states";
import { Form, Part } from "./Part";
import { useChangeSettings, useWorkspaceSettings } from "./useWorkspaceSettings";

export default function Plan() {
  const { data, error, refetch } = useWorkspaceSettings();
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines count={3} />;
  return <Editor settings={data} />;
}

function Editor({ settings }: { settings: Schemas["WorkspaceSettings"] }) {
  const { data: me } = useMe();
  const mayNote = me?.role === "owner" || (me?.actor.startsWith("staff:") ?? false);
  const [plan, setPlan] = useState(settings.plan);
  const [credits, setCredits] = useState(settings.credits_note);
  const save = useChangeSettings();
  const isChanged = plan !== settings.plan || credits !== settings.credits_note;
  return (
    <Part title="Plan and credits" about="What was agreed on. An owner notes it, or staff of this installation; everybody here can read it.">
      <Form onSubmit={() => save.mutate({ plan, credits_note: credits })} error={save.error} busy={save.isPending} isChanged={isChanged} readOnly={!mayNote}>
        <TextInput label="Plan" maxLength={200} value={plan} onChange={(event) => setPlan(event.currentTarget.value)} maw={360} />
        <Textarea label="Credits" autosize minRows={3} maxLength={2000} value={credits} onChange={(event) => setCredits(event.currentTarget.value)} />
      </Form>
    </Part>
  );
}
