/** Chat widgets: the code for the web site, and the way to their settings. */
import { Button, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Eye, MessageSquare, Settings2 } from "lucide-react";
import { api } from "~/api";
import { useIsAdmin } from "~/session";
import { Snippet } from "~/screens/connectors/Snippet";
import { Empty, Failed, Lines } from "~/ui/states";
import { Part } from "./Part";

export default function Widget() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  const widgets = data.items.filter((one) => one.channel === "webchat");
  const make = isAdmin && (
    <Button component={Link} to="/connectors/new" search={{ channel: "webchat" } as never}>
      Make a widget
    </Button>
  );
  if (!widgets.length) {
    return (
      <Empty icon={<MessageSquare size={24} />} title="There is no chat widget yet" action={make}>
        A chat on your web site, by a line of code. Agents answer there at once, and teammates can take over.
      </Empty>
    );
  }
  return (
    <>
      {widgets.map((widget) => (
        <Part
          key={widget.id}
          title={typeof widget.settings.title === "string" && widget.settings.title ? widget.settings.title : `Widget ${widget.address}`}
          about={<>Public key: {widget.address}</>}
          action={
            <Group gap="xs" wrap="nowrap">
              <Button component="a" href={`/demo?key=${encodeURIComponent(widget.address)}`} target="_blank" variant="default" leftSection={<Eye size={14} aria-hidden />}>Preview</Button>
              <Button component={Link} to={`/connectors/${widget.id}`} variant="default" leftSection={<Settings2 size={14} aria-hidden />}>Settings</Button>
            </Group>
          }
        >
          <Snippet account={widget} bare fallback={<Text size="sm" c="dimmed">Its address for web pages stands under its settings.</Text>} />
        </Part>
      ))}
      {make}
    </>
  );
}
