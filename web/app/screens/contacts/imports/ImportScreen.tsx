/** One file: what its columns mean, what would become of its rows, what became of them, and back. */
import { Alert, Badge, Button, Group, Progress, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, Download } from "lucide-react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Page } from "~/ui/page";
import { Failed, Lines } from "~/ui/states";
import classes from "./imports.module.css";
import { Mapping } from "./Mapping";
import { Rows } from "./Rows";
import { type Import, STATES } from "./words";

const route = getRouteApi("/shell/contacts/imports/$importId");
const WORKING: Import["state"][] = ["checking", "applying", "undoing"];

export function ImportScreen() {
  const { importId } = route.useParams();
  const { data, isPending, error, refetch } = api.useQuery(
    "get",
    "/api/contacts/imports/{import_id}",
    { params: { path: { import_id: importId } } },
    { refetchInterval: ({ state }) => (state.data && WORKING.includes(state.data.state) ? 1_000 : false) },
  );
  const back = (
    <Button variant="default" leftSection={<ChevronLeft size={14} aria-hidden />} renderRoot={(props) => <Link to="/contacts/imports" {...props} />}>
      Imports
    </Button>
  );
  return (
    <Page
      title={data?.name || "Import"}
      about={data && `${data.rows} rows, ${data.encoding}, separated by ${separator(data.delimiter)}`}
      actions={
        <>
          {data && <Badge color={data.state === "failed" ? "red" : data.state === "applied" ? "teal" : "gray"}>{STATES[data.state]}</Badge>}
          {back}
        </>
      }
    >
      {isPending ? <Lines /> : !data ? <Failed error={error} retry={() => void refetch()} /> : <Steps found={data} />}
    </Page>
  );
}

function separator(delimiter: string): string {
  return { ",": "commas", ";": "semicolons", "\t": "tabs" }[delimiter] ?? delimiter;
}

function useStep(importId: string, step: "dry-run" | "apply" | "undo") {
  const address = `/api/contacts/imports/{import_id}/${step}` as const;
  return useAct(() => client.POST(address, { params: { path: { import_id: importId } } }), {
    guess: () => ["get", "import-rows"].map((first) => ({ key: [first, "/api/contacts/imports/{import_id}"], change: (kept: unknown) => kept })),
    failed: "It was not begun",
  });
}

function Steps({ found }: { found: Import }) {
  const check = useStep(found.id, "dry-run");
  const apply = useStep(found.id, "apply");
  const undo = useStep(found.id, "undo");
  const [undoing, askUndo] = useDisclosure(false);
  const working = WORKING.includes(found.state);
  return (
    <div className={classes.wide}>
      {(found.state === "uploaded" || found.state === "checked") && <Mapping found={found} />}
      {found.state === "uploaded" && (
        <Group justify="flex-end" my="md">
          <Button loading={check.isPending} onClick={() => check.mutate(undefined)}>
            See what would happen
          </Button>
        </Group>
      )}
      {working && <Working found={found} />}
      {found.state === "failed" && (
        <Alert color="red" title="It stopped halfway" my="md">
          A defect stopped it; what was applied can be taken back.
        </Alert>
      )}
      {found.state === "forgotten" && <Text c="dimmed">What was read from the file is forgotten, so there is nothing to show or to take back.</Text>}
      {found.state !== "uploaded" && found.state !== "forgotten" && !working && (
        <>
          <Rows found={found} />
          <Group justify="space-between" my="md">
            <Group gap="xs">
              <Button variant="subtle" color="gray" leftSection={<Download size={14} aria-hidden />} component="a" href={`/api/contacts/imports/${found.id}/rows.csv`} download>
                All rows as a file
              </Button>
              <Forget found={found} />
            </Group>
            {found.state === "checked" && (
              <Button loading={apply.isPending} onClick={() => apply.mutate(undefined)}>
                Apply
              </Button>
            )}
            {(found.state === "applied" || found.state === "failed") && (
              <Button variant="default" onClick={askUndo.open}>
                Take it back
              </Button>
            )}
          </Group>
        </>
      )}
      <Confirm
        opened={undoing}
        close={askUndo.close}
        title="Take the import back?"
        action="Take it back"
        busy={undo.isPending}
        onConfirm={() => {
          undo.mutate(undefined);
          askUndo.close();
        }}
      >
        Contacts that it made and nobody has had to do with since are removed, fields that nobody changed since are as before, merges are undone. What stays says why.
      </Confirm>
    </div>
  );
}

function Working({ found }: { found: Import }) {
  const share = found.rows ? Math.round((found.done / found.rows) * 100) : 0;
  return (
    <div role="status" className={classes.working}>
      <Text size="sm">
        {STATES[found.state]}: {found.done} of {found.rows} rows
      </Text>
      <Progress value={share} mt={6} aria-label={STATES[found.state]} animated />
    </div>
  );
}

function Forget({ found }: { found: Import }) {
  const navigate = useNavigate();
  const [asking, ask] = useDisclosure(false);
  const forget = useAct(() => client.DELETE("/api/contacts/imports/{import_id}", { params: { path: { import_id: found.id } } }), {
    failed: "It was not forgotten",
    guess: () => [{ key: ["get", "/api/contacts/imports"], change: (kept: unknown) => kept }],
    onDone: () => void navigate({ to: "/contacts/imports" }),
  });
  return (
    <>
      <Button variant="subtle" color="gray" onClick={ask.open}>
        Forget the rows
      </Button>
      <Confirm opened={asking} close={ask.close} title="Forget what was read?" action="Forget" danger busy={forget.isPending} onConfirm={() => forget.mutate(undefined)}>
        The contacts stay as they are. An import that was forgotten cannot be taken back.
      </Confirm>
    </>
  );
}
