import { TagsInput, Text } from "@mantine/core";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import classes from "./contact.module.css";
import { only } from "./only";
import { Section } from "./Section";

const CONTACT = "/api/contacts/{contact_id}";

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** The contact's tags, language, time zone and custom fields. */
export function Fields({ contact }: { contact: Schemas["Contact"] }) {
  const key = ["get", CONTACT, { params: { path: { contact_id: contact.id } } }];
  const retag = useAct((tags: string[]) => client.PATCH(CONTACT, { params: { path: { contact_id: contact.id } }, body: only<Schemas["ContactChanges"]>({ tags }) }), {
    failed: "The tags were not changed",
    guess: (tags) => [{ key, change: (before: Schemas["Contact"]) => ({ ...before, tags }) as never }],
  });
  const facts: [string, string][] = [
    ...(contact.language ? [["Language", contact.language] as [string, string]] : []),
    ...(contact.timezone ? [["Time zone", contact.timezone] as [string, string]] : []),
    ...Object.entries(contact.fields).map(([name, value]) => [name, shown(value)] as [string, string]),
  ];
  return (
    <Section title="Fields and tags of the contact">
      {facts.length > 0 && (
        <dl className={classes.fields}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <Text component="dt" size="sm" c="dimmed" truncate>
                {name}
              </Text>
              <Text component="dd" size="sm">
                {value}
              </Text>
            </div>
          ))}
        </dl>
      )}
      <TagsInput size="xs" aria-label="Tags of the contact" placeholder={contact.tags.length ? undefined : "Add a tag"} value={contact.tags} onChange={(tags) => retag.mutate(tags)} maxTags={50} />
    </Section>
  );
}
