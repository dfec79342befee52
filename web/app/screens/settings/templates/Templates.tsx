/** Templates: per number what its provider has, when that was fetched, and how the workspace uses each. */
import { Alert, Anchor, Badge, Button, Group, List, Modal, Text, TextInput, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CircleAlert, FileCheck, MessageCircle, RefreshCw, Search } from "lucide-react";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Part } from "../Part";
import { TemplateEditor } from "./TemplateEditor";
import { CATEGORIES, languageName, readable, reasonOf, STATES, type Template } from "./words";
import classes from "../Settings.module.css";
import own from "./templates.module.css";

const MANY = 8; // from here on they are searched
const KEY = ["get", "/api/templates"];

export default function Templates() {
  const { data, error, refetch } = api.useQuery("get", "/api/templates");
  const [opened, open] = useState<string>();
  const template = data?.items.find((one) => one.id === opened);
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines count={4} />;
  if (!data.accounts.length) {
    return (
      <Empty icon={<MessageCircle size={26} />} title="No WhatsApp number is connected" action={<Anchor renderRoot={(props) => <Link to="/connectors/new" search={{ channel: "whatsapp" }} {...props} />} size="sm">Connect WhatsApp</Anchor>}>
        Templates are texts that Meta approves beforehand. They may leave when nothing else may: to somebody who has not written yet, or not for 24 hours.
      </Empty>
    );
  }
  return (
    <>
      {data.accounts.map((source) => (
        <OfNumber key={source.account_id} source={source} templates={data.items.filter((one) => one.account_id === source.account_id)} open={open} />
      ))}
      <Modal opened={template !== undefined} onClose={() => open(undefined)} title={template && readable(template.name)} size="lg">
        {template && <TemplateEditor key={template.id} template={template} close={() => open(undefined)} />}
      </Modal>
    </>
  );
}

function OfNumber({ source, templates, open }: { source: Schemas["TemplateSource"]; templates: Template[]; open: (id: string) => void }) {
  const [wanted, search] = useState("");
  const isAdmin = useIsAdmin();
  const sync = useAct(() => client.POST("/api/templates/sync", { body: { account_id: source.account_id } }), {
    guess: () => [{ key: KEY, change: ((answer: unknown) => answer) as never }],
    done: ({ data }) => (data?.templates === 1 ? "1 template was fetched" : `${data?.templates ?? 0} templates were fetched`),
    failed: "They were not fetched",
  });
  const words = wanted.toLowerCase().split(/\s+/);
  const found = templates.filter((one) => words.every((word) => `${readable(one.name)} ${one.name} ${one.body} ${one.language}`.toLowerCase().includes(word)));
  const about = source.synced_at ? <>Fetched from Meta <Ago at={source.synced_at} />; again by themselves when Meta says that one changed, and every six hours.</> : "Not fetched from Meta yet.";
  const action = isAdmin && (
    <Button variant="default" leftSection={<RefreshCw size={14} aria-hidden />} loading={sync.isPending} onClick={() => sync.mutate(undefined)}>
      Fetch now
    </Button>
  );
  return (
    <>
      <Part title={`Templates of ${source.name}`} about={about} action={action} flush>
        {source.error && (
          <Alert color="red" icon={<CircleAlert size={18} />} title="The last try to fetch them failed" m="md">
            <Text size="sm" className={own.wrap}>{source.error}</Text>
          </Alert>
        )}
        {templates.length > MANY && <TextInput type="search" aria-label="Search templates" placeholder="Name or words" leftSection={<Search size={14} aria-hidden />} m="sm" value={wanted} onChange={(event) => search(event.currentTarget.value)} />}
        {found.map((one) => <Row key={one.id} template={one} open={() => open(one.id)} />)}
        {templates.length > 0 && !found.length && <Empty title="No template has these words" />}
        {!templates.length && <HowToMakeOne fetched={source.synced_at !== null} />}
      </Part>
    </>
  );
}

function Row({ template, open }: { template: Template; open: () => void }) {
  const state = STATES[template.status];
  return (
    <UnstyledButton className={own.row} onClick={open}>
      <div className={classes.words}>
        <Group gap="xs">
          <Text size="sm" fw={600}>{readable(template.name)}</Text>
          <Text size="xs" c="dimmed">{languageName(template.language)} · {CATEGORIES[template.category] ?? template.category}{template.for_agents ? "" : " · not for agents"}</Text>
        </Group>
        <Text size="sm" c="dimmed" lineClamp={2}>{template.body}</Text>
        {reasonOf(template) && <Text size="sm" c="var(--mantine-color-error)">Meta says: {reasonOf(template)}</Text>}
      </div>
      <Badge color={state.color}>{state.name}</Badge>
    </UnstyledButton>
  );
}

function HowToMakeOne({ fetched }: { fetched: boolean }) {
  return (
    <Empty icon={<FileCheck size={22} />} title={fetched ? "Meta has no templates for this number yet" : "There are no templates yet"}>
      <List type="ordered" size="sm" ta="left" spacing={2}>
        <List.Item>Open WhatsApp Manager at Meta (business.facebook.com), and there “Message templates”, “Create template”.</List.Item>
        <List.Item>Choose “Utility” for what somebody waits for, such as an appointment; “Marketing” costs more and may not reach everybody.</List.Item>
        <List.Item>Write the text. Gaps are {"{{1}}, {{2}}"} or have names; one for the message itself lets agents answer with it.</List.Item>
        <List.Item>Meta looks at it, mostly within minutes. It appears here by itself.</List.Item>
      </List>
    </Empty>
  );
}
