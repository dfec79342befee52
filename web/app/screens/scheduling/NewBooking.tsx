/** An appointment made here for a contact. */
import { Button, Group, Modal, Select, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { renewed, usePeople, useServices } from "./data";
import { type Chosen, SlotPicker } from "./SlotPicker";
import { localOf, whenOf } from "./zone";

export type Prefill = { day?: string; minutes?: number; staffId?: string };

const NEW = "new:";

export function NewBooking({ zone, prefill, close }: { zone: string; prefill: Prefill; close: () => void }) {
  const services = useServices();
  const people = usePeople();
  const [serviceId, setServiceId] = useState<string | null>(null);
  const [staffId, setStaffId] = useState<string | null>(prefill.staffId ?? null);
  const [contact, setContact] = useState<string | null>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [note, setNote] = useState("");
  const [key] = useState(() => crypto.randomUUID()); // pressed twice it is one booking

  const offered = (services.data?.items ?? []).filter((service) => service.staff_ids.length && (!prefill.staffId || service.staff_ids.includes(prefill.staffId)));
  const service = offered.find((one) => one.id === (serviceId ?? offered[0]?.id));
  const givers = (people.data?.items ?? []).filter((person) => service?.staff_ids.includes(person.id));
  const whom = givers.some((person) => person.id === staffId) ? staffId : null;
  const book = useAct(
    async () => {
      const contactId = contact!.startsWith(NEW) ? (await client.POST("/api/contacts", { body: { name: contact!.slice(NEW.length), status: "lead", addresses: [], fields: {}, tags: [] } })).data!.id : contact!;
      setContact(contactId); // a second try does not add them again
      return client.POST("/api/bookings", {
        body: { service_id: service!.id, contact_id: contactId, starts_at: chosen!.startsAt, staff_id: chosen!.staffId ?? whom, note, outside_rules: chosen!.outside, key },
      });
    },
    { guess: () => renewed("/api/bookings", "/api/availability"), done: "Booked", onDone: close, failed: "It was not booked" },
  );

  return (
    <Modal opened onClose={close} title="New booking" size="lg">
      {(services.isPending || people.isPending) && <Lines count={4} />}
      {services.error && <Failed error={services.error} retry={() => void services.refetch()} />}
      {services.data && !offered.length && <Text size="sm">There is no service that can be booked{prefill.staffId ? " with them" : ""}: add one, and who gives it.</Text>}
      {service && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (contact && chosen) book.mutate(undefined);
          }}
        >
          <Stack>
            <ContactSelect value={contact} onChange={setContact} />
            <Group grow align="flex-start">
              <Select
                label="Service"
                allowDeselect={false}
                data={offered.map((one) => ({ value: one.id, label: `${one.name} (${one.duration_minutes} min)` }))}
                value={service.id}
                onChange={(value) => {
                  setServiceId(value);
                  setChosen(null);
                }}
              />
              <Select
                label="With"
                clearable
                placeholder="whoever is free"
                data={givers.map((person) => ({ value: person.id, label: person.name }))}
                value={whom}
                onChange={(value) => {
                  setStaffId(value);
                  setChosen(null);
                }}
              />
            </Group>
            <SlotPicker
              key={`${service.id} ${whom}`}
              zone={zone}
              serviceId={service.id}
              staffId={whom ?? undefined}
              initialDay={prefill.day ?? localOf(new Date(), zone).day}
              initialMinutes={prefill.minutes}
              value={chosen}
              onChange={setChosen}
            />
            <Textarea label="Note" autosize minRows={2} maxRows={6} maxLength={2_000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
            <Group justify="space-between">
              <Text size="sm" c="dimmed">
                {chosen ? whenOf(chosen.startsAt, zone) : "Choose a time"}
              </Text>
              <Group gap="xs">
                <Button variant="default" onClick={close}>
                  Cancel
                </Button>
                <Button type="submit" loading={book.isPending} disabled={!contact || !chosen}>
                  Book
                </Button>
              </Group>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function ContactSelect({ value, onChange }: { value: string | null; onChange: (value: string | null) => void }) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 150);
  const found = api.useQuery("get", "/api/contacts", { params: { query: { q: asked || undefined, limit: 20 } } });
  const options = (found.data?.items ?? []).map((contact) => {
    const address = contact.addresses[0]?.value;
    return { value: contact.id, label: contact.name ? `${contact.name}${address ? ` · ${address}` : ""}` : (address ?? "Nameless contact") };
  });
  if (asked) options.push({ value: NEW + asked, label: `Add “${asked}” as a new contact` });
  return (
    <Select
      label="For"
      placeholder="Search contacts by name or address"
      searchable
      data-autofocus
      nothingFoundMessage={found.isFetching ? "Looking…" : "Nobody found"}
      data={value && !options.some((option) => option.value === value) ? [...options, { value, label: value.startsWith(NEW) ? value.slice(NEW.length) : text }] : options}
      filter={({ options: all }) => all}
      value={value}
      onChange={onChange}
      searchValue={text}
      onSearchChange={setText}
    />
  );
}
