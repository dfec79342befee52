/** The merges that a contact took part in; one that holds can be taken back. */
import { Button } from "@mantine/core";
import { useState } from "react";
import { api, type Schemas } from "~/api";
import { Confirm } from "~/ui/confirm";
import { Ago } from "~/ui/time";
import { useUnmerge } from "../merging/merge";
import { useWho } from "../parts/data";
import parts from "../parts/parts.module.css";
import { Section } from "./Section";

export default function Merges({ contactId }: { contactId: string }) {
  const { data } = api.useQuery("get", "/api/contacts/{contact_id}/merges", { params: { path: { contact_id: contactId }, query: { limit: 20 } } });
  if (!data?.items.length) return null;
  return (
    <Section title="Merges">
      <ul className={parts.lines}>
        {data.items.map((merge) => (
          <Merged key={merge.id} merge={merge} />
        ))}
      </ul>
    </Section>
  );
}

function Merged({ merge }: { merge: Schemas["PerformedMerge"] }) {
  const who = useWho();
  const [asking, setAsking] = useState(false);
  const undo = useUnmerge(() => setAsking(false));
  return (
    <li className={parts.line}>
      <span className={parts.text} data-done={merge.undone_at ? true : undefined}>
        {merge.reason.replaceAll("_", " ")}
        <span className={parts.small}>
          {who(merge.performed_by)}, <Ago at={merge.created_at} />
          {merge.undone_at && (
            <>
              ; taken back by {who(merge.undone_by)}, <Ago at={merge.undone_at} />
            </>
          )}
        </span>
      </span>
      {!merge.undone_at && (
        <Button variant="default" size="compact-xs" onClick={() => setAsking(true)}>
          Undo
        </Button>
      )}
      <Confirm opened={asking} close={() => setAsking(false)} title="Part them again?" action="Undo the merge" busy={undo.isPending} onConfirm={() => undo.mutate(merge.id)}>
        Everything that came with the other contact goes back to it, with what was added to its conversations since. What came to this one since stays.
      </Confirm>
    </li>
  );
}
