/** What is known of a contact: owner, tags, language, and whatever else the business keeps. */
import { ActionIcon, Button, Group, Select, TagsInput, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { type FormEvent, Fragment, useState } from "react";
import { api } from "~/api";
import { type Contact, useMembers, written } from "../parts/data";
import { useChangeContact } from "./changes";
import classes from "./detail.module.css";
import { Editable } from "./Editable";

export function Fields({ contact }: { contact: Contact }) {
  const change = useChangeContact(contact.id);
  const members = useMembers();
  const { data: tags } = api.useQuery("get", "/api/contacts/tags", {}, { meta: { live: "slow" } });
  return (
    <>
      <dl className={classes.fields}>
        <dt>Looked after by</dt>
        <dd>
          <Select
            size="xs"
            aria-label="Looked after by"
            placeholder="Nobody"
            clearable
            searchable
            data={[...members].map(([value, label]) => ({ value, label }))}
            value={contact.owner_id}
            onChange={(owner_id) => change.mutate({ owner_id })}
          />
        </dd>
        <dt>Tags</dt>
        <dd>
          <TagsInput size="xs" classNames={{ inputField: classes.tagField }} aria-label="Tags" placeholder={contact.tags.length ? "" : "None"} maxTags={50} data={tags?.items.map(({ tag }) => tag) ?? []} value={contact.tags} onChange={(chosen) => change.mutate({ tags: chosen })} />
        </dd>
        <dt>Language</dt>
        <dd>
          <Editable label="Language" value={contact.language ?? ""} maxLength={35} onSave={(language) => change.mutate({ language: language || null })} />
        </dd>
        <dt>Time zone</dt>
        <dd>
          <Editable label="Time zone" value={contact.timezone ?? ""} maxLength={60} onSave={(timezone) => change.mutate({ timezone: timezone || null })} />
        </dd>
        {Object.entries(contact.fields).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd className={classes.field}>
              {typeof value === "object" && value !== null ? written(value) : <Editable label={name} value={value === null ? "" : String(value)} onSave={(typed) => change.mutate({ fields: { [name]: likeBefore(typed, value) } })} />}
              <ActionIcon variant="subtle" color="gray" size="sm" ml="auto" aria-label={`Remove the field ${name}`} onClick={() => change.mutate({ fields: { [name]: null } })}>
                <X size={13} />
              </ActionIcon>
            </dd>
          </Fragment>
        ))}
      </dl>
      <AddField taken={Object.keys(contact.fields)} add={(name, value) => change.mutate({ fields: { [name]: value } })} />
    </>
  );
}

/** A number stays one where it still is one. */
function likeBefore(typed: string, before: unknown): string | number {
  return typeof before === "number" && typed !== "" && Number.isFinite(Number(typed)) ? Number(typed) : typed;
}

function AddField({ taken, add }: { taken: string[]; add: (name: string, value: string) => void }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const there = taken.includes(name.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim() || !value.trim() || there) return;
    add(name.trim(), value.trim());
    setName("");
    setValue("");
    setOpen(false);
  };
  if (!open) {
    return (
      <Button variant="subtle" color="gray" size="compact-xs" mt={4} leftSection={<Plus size={13} aria-hidden />} onClick={() => setOpen(true)}>
        Add a field
      </Button>
    );
  }
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <Group gap={6} mt={6} align="flex-start" wrap="nowrap">
        <TextInput size="xs" w={110} autoFocus placeholder="Name" aria-label="Name of the field" maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} error={there && "Is there"} />
        <TextInput size="xs" flex={1} placeholder="Value" aria-label="Value of the field" value={value} onChange={(event) => setValue(event.currentTarget.value)} />
        <Button type="submit">Add</Button>
      </Group>
    </form>
  );
}
