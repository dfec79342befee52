import { Badge, Group, Text } from "@mantine/core";
import { api } from "~/api";
import { useZone } from "~/screens/scheduling/data";
import { Failed } from "~/ui/states";
import { exactly } from "~/ui/time";
import { Nothing, Section } from "./Section";

const COLOURS: Record<string, string> = { confirmed: "teal", held: "yellow", cancelled: "gray", completed: "blue", no_show: "red" };

/** The contact's appointments, the latest first. */
export function Bookings({ contactId }: { contactId: string }) {
  const zone = useZone();
  const { data, error, refetch } = api.useQuery("get", "/api/bookings", { params: { query: { contact_id: contactId, limit: 20 } } });
  const latestFirst = [...(data?.items ?? [])].reverse();
  return (
    <Section title="Bookings">
      {error && <Failed error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && <Nothing>No appointments.</Nothing>}
      {latestFirst.map((booking) => (
        <div key={booking.id}>
          <Group justify="space-between" wrap="nowrap" gap={6}>
            <Text size="sm" truncate>
              {booking.service}
            </Text>
            <Badge size="sm" color={COLOURS[booking.status] ?? "gray"}>
              {booking.status.replaceAll("_", " ")}
            </Badge>
          </Group>
          <Text size="xs" c="dimmed" mb={6}>
            {exactly(booking.starts_at, zone)} with {booking.staff}
          </Text>
        </div>
      ))}
    </Section>
  );
}
