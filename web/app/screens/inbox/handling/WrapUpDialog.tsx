/** How it ended, asked once who had a conversation closes it or gives it back; Escape leaves it unsaid. */
import { Textarea } from "@mantine/core";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Chooser } from "./Chooser";

type Props = { id: string; name: string; close: () => void };

export default function WrapUpDialog({ id, name, close }: Props) {
  const dispositions = api.useQuery("get", "/api/settings/workspace").data?.dispositions ?? [];
  const [note, setNote] = useState("");
  const wrapUp = useAct((disposition: string) => client.POST("/api/conversations/{conversation_id}/wrap-up", { params: { path: { conversation_id: id } }, body: { disposition, note: note.trim() } }), {
    failed: "How it ended was not kept",
    done: "Wrapped up",
  });
  return (
    <Chooser title={`How did it end with ${name}?`} placeholder="Disposition" options={dispositions.map((each) => ({ key: each, label: each, icon: <CircleCheck size={15} aria-hidden /> }))} choose={(disposition) => wrapUp.mutate(disposition)} close={close}>
      <Textarea mt="sm" size="xs" label="Note for colleagues, if any" autosize minRows={1} maxRows={5} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
    </Chooser>
  );
}
