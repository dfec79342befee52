/** Asked after an appointment was dragged: what moves where, and whether hours and notice count. */
import { Checkbox, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Confirm } from "~/ui/confirm";
import { type Booking, useMove } from "./data";
import { whenOf } from "./zone";

export type Wish = { booking: Booking; startsAt: string; staffId: string; staff: string };

export function MoveConfirm({ wish, zone, close }: { wish: Wish; zone: string; close: () => void }) {
  const { booking, startsAt, staffId, staff } = wish;
  const [outside, setOutside] = useState(false);
  const move = useMove(close);
  const whom = staffId === booking.staff_id ? "" : `, with ${staff} instead of ${booking.staff}`;
  return (
    <Confirm
      opened
      close={close}
      title="Move this appointment?"
      action="Move"
      busy={move.isPending}
      onConfirm={() => move.mutate({ booking, starts_at: startsAt, staff_id: staffId, outside_rules: outside })}
    >
      <Stack gap="sm">
        <Text size="sm">
          {booking.service} of {booking.contact_name ?? "somebody"}: from {whenOf(booking.starts_at, zone)} to <b>{whenOf(startsAt, zone)}</b>
          {whom}. They are told by mail.
        </Text>
        <Checkbox label="Whatever working hours and notice say" checked={outside} onChange={(event) => setOutside(event.currentTarget.checked)} />
      </Stack>
    </Confirm>
  );
}
