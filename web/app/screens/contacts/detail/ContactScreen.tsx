/** One contact: who it is, what happened, what is to be done. */
import { Anchor, SegmentedControl, Text, UnstyledButton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { api } from "~/api";
import { Empty, Failed, isGone, Lines } from "~/ui/states";
import { AddressList } from "../parts/AddressList";
import { type Contact, nameOf } from "../parts/data";
import { FactList } from "../parts/FactList";
import { TaskList } from "../parts/TaskList";
import { Timeline } from "../parts/Timeline";
import { SHOWN, type Shown } from "../search";
import { Bookings } from "./Bookings";
import { Consent } from "./Consent";
import { Conversations } from "./Conversations";
import classes from "./detail.module.css";
import { Fields } from "./Fields";
import { Header } from "./Header";
import { Section } from "./Section";

const Duplicates = lazy(() => import("./Duplicates"));
const Merges = lazy(() => import("./Merges"));

const route = getRouteApi("/shell/contacts/$contactId");

export function ContactScreen() {
  const { contactId } = route.useParams();
  const { data, error, refetch } = api.useQuery("get", "/api/contacts/{contact_id}", { params: { path: { contact_id: contactId } } });
  const navigate = useNavigate();
  useDocumentTitle(`${data ? nameOf(data) : "Contact"} · Dynaris`);
  const now = data?.id;
  useEffect(() => {
    // It is part of another one since: that one has the address.
    if (now && now !== contactId) void navigate({ to: "/contacts/$contactId", params: { contactId: now }, replace: true });
  }, [now, contactId, navigate]);
  if (error && !data) {
    if (!isGone(error)) return <Failed error={error} retry={() => void refetch()} />;
    return (
      <Empty title="There is no such contact" action={<Anchor renderRoot={(props) => <Link to="/contacts" {...props} />}>All contacts</Anchor>}>
        It may have been erased, or belongs to another workspace.
      </Empty>
    );
  }
  return (
    <div className={classes.screen}>
      <div className={classes.top}>
        <UnstyledButton className={classes.back} renderRoot={(props) => <Link to="/contacts" {...props} />}>
          <ChevronLeft size={14} aria-hidden /> Contacts
        </UnstyledButton>
        {data ? <Header contact={data} /> : <Lines count={1} height={56} />}
      </div>
      <div className={classes.columns}>
        <div className={classes.story}>
          <Conversations contactId={contactId} />
          <Story contactId={contactId} />
        </div>
        <aside className={classes.aside} aria-label="About the contact">
          {data ? <About contact={data} /> : <Lines count={8} />}
        </aside>
      </div>
    </div>
  );
}

function About({ contact }: { contact: Contact }) {
  return (
    <>
      <Section title="Addresses">
        <AddressList contact={contact} />
      </Section>
      <Section title="Tasks and follow-ups">
        <TaskList contactId={contact.id} />
      </Section>
      <Section title="Details">
        <Fields contact={contact} />
      </Section>
      <Bookings contactId={contact.id} />
      <Section title="Remembered">
        <FactList contactId={contact.id} />
      </Section>
      <Section title="What they agreed to">
        <Consent contact={contact} />
      </Section>
      <Suspense>
        <Duplicates contactId={contact.id} />
        <Merges contactId={contact.id} />
      </Suspense>
      <Text size="xs" c="dimmed">
        Added {new Date(contact.created_at).toLocaleDateString(undefined, { dateStyle: "long" })}
      </Text>
    </>
  );
}

function Story({ contactId }: { contactId: string }) {
  const { show = "all" } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <section aria-label="Timeline">
      <div className={classes.shown}>
        <SegmentedControl
          size="xs"
          aria-label="What the timeline shows"
          data={Object.entries(SHOWN).map(([value, { label }]) => ({ value, label }))}
          value={show}
          onChange={(chosen) => void navigate({ search: chosen === "all" ? {} : { show: chosen as Shown }, replace: true })}
        />
      </div>
      <Timeline contactId={contactId} kinds={SHOWN[show].kinds} />
    </section>
  );
}
