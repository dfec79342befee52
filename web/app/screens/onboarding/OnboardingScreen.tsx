/** The staff's checklist, section by section: what is done, what is missing, and a message to try it with. */
import { Card, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { api, type Schemas } from "~/api";
import { Page } from "~/ui/page";
import { Failed, Lines } from "~/ui/states";
import { Item } from "./Item";
import { TryIt } from "./TryIt";
import classes from "./Onboarding.module.css";

type Onboarding = Schemas["Onboarding"];

export function OnboardingScreen() {
  const { data, error, refetch } = api.useQuery("get", "/api/onboarding");
  return (
    <Page title="Onboarding" about="Looks for itself what is done. What costs more is checked when you say so.">
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Lines count={8} />}
      {data && (
        <Stack gap="lg" className={classes.checklist}>
          <Standing counts={data.counts} />
          {data.sections.map((section, index) => (
            <SectionCard key={section.key} section={section} number={index + 1}>
              {section.key === "launch" && <TryIt waysIn={data.ways_in} tries={data.tries} />}
            </SectionCard>
          ))}
        </Stack>
      )}
    </Page>
  );
}

function Standing({ counts }: { counts: Onboarding["counts"] }) {
  const of = (state: keyof typeof counts) => counts[state] ?? 0;
  const settled = of("done") + of("not_needed");
  const total = Object.values(counts).reduce((sum: number, n) => sum + (n ?? 0), 0);
  const left = [
    of("failed") && `${of("failed")} do not work`,
    of("open") && `${of("open")} to do`,
    of("not_yet") && `${of("not_yet")} come with a later release`,
  ].filter(Boolean);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text size="sm" fw={600}>{settled} of {total} done</Text>
        <Text size="sm" c="dimmed">{left.join(" · ") || "Ready to launch"}</Text>
      </Group>
      <Progress.Root size="md" aria-label="Progress">
        <Progress.Section value={(settled / total) * 100} color="teal" aria-label={`${settled} of ${total} done`} />
        <Progress.Section value={(of("failed") / total) * 100} color="red" aria-label={`${of("failed")} do not work`} />
      </Progress.Root>
    </div>
  );
}

function SectionCard({ section, number, children }: { section: Schemas["SectionView"]; number: number; children?: React.ReactNode }) {
  const settled = section.items.filter((item) => item.state === "done" || item.state === "not_needed").length;
  return (
    <Card withBorder padding={0} component="section" aria-labelledby={`section-${section.key}`} bg="var(--dyn-surface)">
      <Group justify="space-between" px="md" py="sm">
        <Title order={2} size="h3" id={`section-${section.key}`}>{number}. {section.title}</Title>
        <Text size="sm" c="dimmed">{settled}/{section.items.length}</Text>
      </Group>
      {section.items.map((item) => <Item key={item.key} item={item} />)}
      {children}
    </Card>
  );
}
