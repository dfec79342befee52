/** Who else this contact may be. */
import { Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Schemas } from "~/api";
import { MergeDialog } from "../merging/MergeDialog";
import { nameOf } from "../parts/data";
import parts from "../parts/parts.module.css";
import { Section } from "./Section";

type Pair = Schemas["Duplicate"];

export default function Duplicates({ contactId }: { contactId: string }) {
  const { data } = api.useQuery("get", "/api/contacts/duplicates", { params: { query: { contact: contactId, limit: 10 } } });
  const [merging, setMerging] = useState<Pair>();
  if (!data?.items.length && !merging) return null;
  return (
    <Section title="May be the same person">
      <ul className={parts.lines}>
        {data?.items.map((pair) => {
          const other = pair.contacts.find(({ id }) => id !== contactId);
          if (!other) return null;
          return (
            <li key={pair.id} className={parts.line}>
              <span className={parts.text}>
                <Link to="/contacts/$contactId" params={{ contactId: other.id }} className={parts.plain}>
                  {nameOf(other)}
                </Link>
                <span className={parts.small}>{pair.reasons.map(({ words }) => words).join("; ")}</span>
              </span>
              <Button variant="default" size="compact-xs" onClick={() => setMerging(pair)}>
                Compare
              </Button>
            </li>
          );
        })}
      </ul>
      <Text size="xs">
        <Link to="/contacts/duplicates" className={parts.plain}>
          All possible duplicates
        </Link>
      </Text>
      {merging && <MergeDialog one={merging.contacts[0]!} other={merging.contacts[1]!} duplicateId={merging.id} close={() => setMerging(undefined)} />}
    </Section>
  );
}
