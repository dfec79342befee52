/** What each column means, and what the file may change. */
import { Group, Select, Table, TagsInput, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import classes from "./imports.module.css";
import { type Import, TARGETS } from "./words";

const NOTHING = "";
const FIELD = "field:";
const KEY = ["get", "/api/contacts/imports/{import_id}"];
type Options = Import["options"];

function useChange(found: Import) {
  return useAct(
    async (body: Schemas["ImportChanges"]) => {
      const { data } = await client.PATCH("/api/contacts/imports/{import_id}", { params: { path: { import_id: found.id } }, body });
      return data!;
    },
    {
      guess: ({ mapping = [], options }) => [
        {
          key: KEY,
          change: (kept: Import | undefined) =>
            kept &&
            (kept.id === found.id
              ? {
                  ...kept,
                  state: "uploaded" as const,
                  options: { ...kept.options, ...options },
                  columns: kept.columns.map((column, index) => ({ ...column, ...mapping.find((one) => one.column === index) })),
                }
              : kept),
        },
      ],
      failed: "That was not changed",
    },
  );
}

export function Mapping({ found }: { found: Import }) {
  const change = useChange(found);
  const set = (options: Partial<Options>) => change.mutate({ mapping: [], options: { ...found.options, ...options } });
  return (
    <>
      <Title order={2} size="h3" mb="xs">
        What the columns mean
      </Title>
      <Table.ScrollContainer minWidth={300}>
        <Table verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th visibleFrom="sm">In the first rows</Table.Th>
              <Table.Th>Becomes</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.columns.map(({ header, samples, target }, index) => (
              <Table.Tr key={index}>
                <Table.Td className={classes.cell}>{header || <em>without a name</em>}</Table.Td>
                <Table.Td className={classes.cell} c="dimmed" visibleFrom="sm">
                  {samples?.join(", ")}
                </Table.Td>
                <Table.Td>
                  <Target header={header} target={target} change={(chosen) => change.mutate({ mapping: [{ column: index, target: chosen }] })} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group mt="md" gap="md" align="flex-end" className={classes.options}>
        <Select
          label="A contact that is there"
          size="xs"
          allowDeselect={false}
          data={[
            { value: "fill", label: "gets what it lacks" },
            { value: "overwrite", label: "takes what the file says" },
            { value: "keep", label: "stays as it is" },
          ]}
          value={found.options.on_conflict}
          onChange={(on_conflict) => set({ on_conflict: on_conflict as Options["on_conflict"] })}
        />
        <Select
          label="A row that fits several contacts"
          size="xs"
          allowDeselect={false}
          data={[
            { value: "leave", label: "leaves them alone" },
            { value: "merge", label: "makes them one" },
          ]}
          value={found.options.on_two}
          onChange={(on_two) => set({ on_two: on_two as Options["on_two"] })}
        />
        <Select
          label="Addresses of the file"
          size="xs"
          allowDeselect={false}
          data={[
            { value: "claimed", label: "the file only says so" },
            { value: "known", label: "we know that they are theirs" },
          ]}
          value={found.options.addresses}
          onChange={(addresses) => set({ addresses: addresses as Options["addresses"] })}
        />
        <TagsInput label="Tags for everybody in it" size="xs" miw={180} value={found.options.tags} onChange={(tags) => set({ tags })} />
        <Region value={found.options.region ?? ""} save={(region) => set({ region: region || null })} />
      </Group>
    </>
  );
}

function Region({ value, save }: { value: string; save: (region: string) => void }) {
  const [typed, setTyped] = useState(value);
  const wrong = typed !== "" && !/^[A-Za-z]{2}$/.test(typed);
  return (
    <TextInput
      label="Country of numbers without a code"
      size="xs"
      w={120}
      placeholder="AT"
      maxLength={2}
      value={typed}
      error={wrong && "Two letters"}
      onChange={(event) => setTyped(event.currentTarget.value.toUpperCase())}
      onBlur={() => !wrong && typed !== value && save(typed)}
    />
  );
}

function Target({ header, target, change }: { header: string; target: string | null; change: (target: string | null) => void }) {
  const isField = target?.startsWith(FIELD) ?? false;
  return (
    <Group gap={6}>
      <Select
        size="xs"
        w={170}
        aria-label={`What ${header || "the column"} becomes`}
        allowDeselect={false}
        data={[{ value: NOTHING, label: "Nothing" }, ...TARGETS, { value: FIELD, label: "A field…" }]}
        value={isField ? FIELD : (target ?? NOTHING)}
        onChange={(chosen) => change(chosen === FIELD ? `${FIELD}${(header || "field").trim()}` : chosen || null)}
      />
      {isField && <FieldName name={target!.slice(FIELD.length)} save={(name) => change(`${FIELD}${name}`)} />}
    </Group>
  );
}

function FieldName({ name, save }: { name: string; save: (name: string) => void }) {
  const [typed, setTyped] = useState(name);
  return <TextInput size="xs" w={150} aria-label="Name of the field" maxLength={100} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={() => typed.trim() && typed.trim() !== name && save(typed.trim())} />;
}
