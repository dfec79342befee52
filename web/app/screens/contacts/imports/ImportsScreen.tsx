/** A file of contacts comes in here; what came before stands below. */
import { Badge, Button, Text, Title } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, FileSpreadsheet, Upload } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { api, client } from "~/api";
import { useIsAdmin, useMe } from "~/session";
import { useAct } from "~/ui/act";
import { Page } from "~/ui/page";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { STATES } from "./words";
import classes from "./imports.module.css";

const MOST_BYTES = 10_000_000;

export function ImportsScreen() {
  const me = useMe();
  const admin = useIsAdmin();
  const back = (
    <Button variant="default" leftSection={<ChevronLeft size={14} aria-hidden />} renderRoot={(props) => <Link to="/contacts" {...props} />}>
      Contacts
    </Button>
  );
  return (
    <Page title="Import contacts" about="Nothing changes before you have seen what would become of each row." actions={back}>
      {me.data && !admin ? <Empty title="Not for your role">Admins of the workspace import and export contacts.</Empty> : <Uploading />}
    </Page>
  );
}

function Uploading() {
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const upload = useAct(
    async (file: File) => {
      const body = new FormData();
      body.append("file", file);
      const { data } = await client.POST("/api/contacts/imports", { body: body as never, bodySerializer: (form: unknown) => form as FormData });
      return data!;
    },
    { failed: "The file was not taken", onDone: ({ id }) => void navigate({ to: "/contacts/imports/$importId", params: { importId: id } }) },
  );
  const take = (file: File | undefined) => {
    if (!file || upload.isPending) return;
    setWrong(file.size > MOST_BYTES ? "A file has at most 10 MB. Split it into several." : undefined);
    if (file.size <= MOST_BYTES) upload.mutate(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div className={classes.narrow}>
      <div
        className={classes.drop}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <FileSpreadsheet size={30} aria-hidden />
        <Text fw={500}>Drop a CSV file here</Text>
        <Text size="sm" c="dimmed">
          From Excel, Google Contacts, a CRM… up to 50,000 rows. The first row names the columns.
        </Text>
        <Button leftSection={<Upload size={14} aria-hidden />} loading={upload.isPending} onClick={() => field.current?.click()}>
          Choose a file
        </Button>
        <input ref={field} type="file" accept=".csv,.tsv,.txt,text/csv" hidden aria-label="CSV file" onChange={(event) => take(event.currentTarget.files?.[0])} />
        {wrong && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {wrong}
          </Text>
        )}
      </div>
      <Earlier />
    </div>
  );
}

function Earlier() {
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/contacts/imports", { params: { query: { limit: 30 } } });
  if (isPending) return <Lines count={2} />;
  if (!data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data.items.length) return null;
  return (
    <section aria-labelledby="earlier">
      <Title order={2} size="h3" id="earlier" mb="xs">
        Earlier imports
      </Title>
      <ul className={classes.list}>
        {data.items.map((one) => (
          <li key={one.id}>
            <Link to="/contacts/imports/$importId" params={{ importId: one.id }} className={classes.earlier}>
              <span>{one.name || "Forgotten file"}</span>
              <Text span size="xs" c="dimmed">
                {one.rows} rows
              </Text>
              <Badge color={one.state === "failed" ? "red" : one.state === "applied" ? "teal" : "gray"}>{STATES[one.state]}</Badge>
              <Text span size="xs" c="dimmed">
                <Ago at={one.created_at} />
              </Text>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
