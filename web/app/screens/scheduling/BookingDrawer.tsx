/** One booking: what it is, what became of it, and what can be done. */
import { Anchor, Badge, Button, Drawer, Group, Modal, Stack, Text, Textarea, Timeline } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { calledBy } from "~/ui/contact";
import { Failed, Lines } from "~/ui/states";
import { Ago, exactly } from "~/ui/time";
import { type Booking, renewed, STATES, useCancel, useDecide, useMove } from "./data";
import classes from "./scheduling.module.css";
import { type Chosen, SlotPicker } from "./SlotPicker";
import { clock, dayInWords, localOf, whenOf } from "./zone";

export function BookingDrawer({ id, zone, close }: { id?: string; zone: string; close: () => void }) {
  const booking = api.useQuery("get", "/api/bookings/{booking_id}", { params: { path: { booking_id: id ?? "" } } }, { enabled: Boolean(id) });
  return (
    <Drawer opened={Boolean(id)} onClose={close} position="right" size="md" title="Booking">
      {booking.isPending && <Lines count={5} />}
      {booking.error && <Failed error={booking.error} retry={() => void booking.refetch()} />}
      {id && booking.data && (
        <Stack gap="lg">
          <Facts booking={booking.data} zone={zone} />
          <Actions booking={booking.data} zone={zone} />
          <Mails id={id} may={["pending", "confirmed", "cancelled"].includes(booking.data.status)} />
          <div>
            <Text fw={600} size="sm" mb="xs">
              What happened
            </Text>
            <Timeline bulletSize={12} lineWidth={1}>
              {booking.data.changes.map((change) => (
                <Timeline.Item key={change.id}>
                  <Text size="sm">{change.text}</Text>
                  <Text size="xs" c="dimmed">
                    {exactly(change.created_at)}
                  </Text>
                </Timeline.Item>
              ))}
            </Timeline>
          </div>
        </Stack>
      )}
    </Drawer>
  );
}

function Facts({ booking, zone }: { booking: Booking; zone: string }) {
  const from = localOf(booking.starts_at, zone);
  return (
    <div>
      <Group justify="space-between" mb="sm">
        <Anchor component={Link} to={`/contacts/${booking.contact_id}`} fw={600}>
          {calledBy(booking.contact_name, false)}
        </Anchor>
        <Badge color={STATES[booking.status].color}>{STATES[booking.status].text}</Badge>
      </Group>
      <dl className={classes.facts}>
        <dt>Service</dt>
        <dd>{booking.service}</dd>
        <dt>When</dt>
        <dd>
          {dayInWords(from.day, { weekday: "long", day: "numeric", month: "long", year: "numeric" })}
          {"\n"}
          {clock(from.minutes)} to {clock(localOf(booking.ends_at, zone).minutes)} ({zone})
        </dd>
        <dt>With</dt>
        <dd>{booking.staff}</dd>
        {booking.price !== null && (
          <>
            <dt>Price</dt>
            <dd>
              {booking.price} {booking.currency}
            </dd>
          </>
        )}
        {booking.note && (
          <>
            <dt>Note</dt>
            <dd>{booking.note}</dd>
          </>
        )}
        {booking.reason && (
          <>
            <dt>Reason</dt>
            <dd>{booking.reason}</dd>
          </>
        )}
        {booking.status === "held" && booking.held_until && (
          <>
            <dt>Held</dt>
            <dd>until {exactly(booking.held_until)}</dd>
          </>
        )}
        {booking.conversation_id && (
          <>
            <dt>Talked about</dt>
            <dd>
              <Anchor component={Link} to={`/inbox/${booking.conversation_id}`} size="sm">
                in this conversation
              </Anchor>
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

function Actions({ booking, zone }: { booking: Booking; zone: string }) {
  const [asking, setAsking] = useState<"move" | "cancel" | null>(null);
  const decide = useDecide();
  const begun = Date.parse(booking.starts_at) <= Date.now();
  const { id, status } = booking;
  const open = status === "pending" || status === "confirmed";
  return (
    <Group gap="xs">
      {(status === "pending" || status === "held") && <Button onClick={() => decide.mutate({ id, decision: "confirm" })}>Confirm</Button>}
      {((status === "confirmed" && begun) || status === "no_show") && (
        <Button variant={status === "no_show" ? "default" : undefined} onClick={() => decide.mutate({ id, decision: "complete" })}>
          They came
        </Button>
      )}
      {((status === "confirmed" && begun) || status === "completed") && (
        <Button variant="default" onClick={() => decide.mutate({ id, decision: "no-show" })}>
          Did not come
        </Button>
      )}
      {open && (
        <Button variant="default" onClick={() => setAsking("move")}>
          Move…
        </Button>
      )}
      {(open || status === "held") && (
        <Button variant="default" onClick={() => setAsking("cancel")}>
          {status === "pending" ? "Decline…" : "Cancel…"}
        </Button>
      )}
      {asking === "move" && <MoveDialog booking={booking} zone={zone} close={() => setAsking(null)} />}
      {asking === "cancel" && <CancelDialog booking={booking} close={() => setAsking(null)} />}
    </Group>
  );
}

function MoveDialog({ booking, zone, close }: { booking: Booking; zone: string; close: () => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const move = useMove(close);
  return (
    <Modal opened onClose={close} title={`Move ${booking.service}`} size="lg">
      <Stack>
        <Text size="sm">
          Now: {whenOf(booking.starts_at, zone)}, with {booking.staff}
        </Text>
        <SlotPicker zone={zone} serviceId={booking.service_id} staffId={booking.staff_id} moving={booking.id} initialDay={localOf(booking.starts_at, zone).day} value={chosen} onChange={setChosen} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button disabled={!chosen} loading={move.isPending} onClick={() => chosen && move.mutate({ booking, starts_at: chosen.startsAt, staff_id: chosen.staffId, outside_rules: chosen.outside })}>
            {chosen ? `Move to ${whenOf(chosen.startsAt, zone)}` : "Move"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function CancelDialog({ booking, close }: { booking: Booking; close: () => void }) {
  const [reason, setReason] = useState("");
  const cancel = useCancel(close);
  const declines = booking.status === "pending";
  return (
    <Modal opened onClose={close} title={declines ? "Decline this booking?" : "Cancel this booking?"}>
      <Stack>
        <Text size="sm">The time is free again, and {booking.contact_name ?? "the client"} is told by mail where there is an address.</Text>
        <Textarea label="Reason (optional)" data-autofocus autosize minRows={2} maxLength={2_000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Keep it
          </Button>
          <Button color="red" loading={cancel.isPending} onClick={() => cancel.mutate({ id: booking.id, reason })}>
            {declines ? "Decline" : "Cancel the booking"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Mails({ id, may }: { id: string; may: boolean }) {
  const path = { params: { path: { booking_id: id } } };
  const mails = api.useQuery("get", "/api/bookings/{booking_id}/invitations", path);
  const send = useAct(() => client.POST("/api/bookings/{booking_id}/invitation", path), { guess: () => renewed("/api/bookings/{booking_id}/invitations"), done: "The mail is on its way", failed: "No mail was sent" });
  if (!mails.data) return null;
  return (
    <div>
      <Text fw={600} size="sm" mb="xs">
        Mails
      </Text>
      <Stack gap={6}>
        {mails.data.items.map((mail) => (
          <Text key={mail.audience} size="sm">
            {mail.audience === "contact" ? "Client" : "Whom it is with"}: {mail.not_sent ? <Text span c="dimmed" size="sm">not sent, {mail.not_sent}</Text> : (mail.address ?? "no address")}
            {mail.answer && mail.answered_at && (
              <Text span size="sm" c="dimmed">
                {" "}
                · {mail.answer} <Ago at={mail.answered_at} />
              </Text>
            )}
          </Text>
        ))}
        {!mails.data.items.length && (
          <Text size="sm" c="dimmed">
            None was sent.
          </Text>
        )}
        {may && (
          <Group>
            <Button variant="default" size="compact-xs" loading={send.isPending} onClick={() => send.mutate(undefined)}>
              Send the client a mail about it
            </Button>
          </Group>
        )}
      </Stack>
    </div>
  );
}
