import { Text } from "@mantine/core";
import { api } from "~/api";
import { useZone } from "~/screens/scheduling/data";
import { exactly } from "~/ui/time";
import { Section } from "./Section";
import parts from "../parts/parts.module.css";

/** What they booked; nothing where they never did. */
export function Bookings({ contactId }: { contactId: string }) {
  const zone = useZone();
  const { data } = api.useQuery("get", "/api/bookings", { params: { query: { contact_id: contactId, limit: 20 } } });
  if (!data?.items.length) return null;
  return (
    <Section title="Bookings">
      <ul className={parts.lines}>
        {data.items.map((booking) => (
          <li key={booking.id} className={parts.line}>
            <span className={parts.text} data-done={booking.status === "cancelled" || undefined}>
              {booking.service}
              <span className={parts.small}>
                {exactly(booking.starts_at, zone)} · {booking.staff}
              </span>
            </span>
            <Text span size="xs" c="dimmed">
              {booking.status.replaceAll("_", " ")}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
}
