/** All that can be set of an agent, section by section. */
import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { api } from "~/api";
import type { Draft } from "../draft";
import classes from "../agents.module.css";
import type { AgentDetail } from "../words";
import { Components } from "./Components";
import { Greeting } from "./Greeting";
import { Mcp } from "./Mcp";
import { Models } from "./Models";
import { Outbound } from "./Outbound";
import { Reach } from "./Reach";
import { Supervising } from "./Supervising";
import { Tools } from "./Tools";
import { Voice } from "./Voice";
import { WhoItIs } from "./WhoItIs";

export type PartProps = { agent: AgentDetail; draft: Draft; readOnly: boolean };

export function Editor(props: PartProps) {
  const { agent } = props;
  const answers = agent.kind !== "supervisor";
  const isBuiltIn = agent.models[0] === "builtin" && !props.draft.settings.model;
  return (
    <Stack gap="md" className={classes.narrow}>
      <Section title="Who it is">
        <WhoItIs {...props} />
      </Section>
      <Section
        title="What it is told"
        about={
          isBuiltIn
            ? "It uses the built-in model, which reads no instructions: these parts count once it uses a language model."
            : "Part of its prompt, in this order, after the house's rules, which always hold."
        }
      >
        <Components {...props} />
      </Section>
      {answers && (
        <Section title="What it may use" about="Tools that are switched off are not shown to the model, and refused if it calls them all the same.">
          <Tools {...props} />
        </Section>
      )}
      {answers && (
        <Section title="Where and in which languages">
          <Reach {...props} />
        </Section>
      )}
      {answers && (
        <Section title="Greeting" about="Stands before its first text in a conversation, whatever the model says. Letters have a salutation of their own.">
          <Greeting {...props} />
        </Section>
      )}
      {answers && (
        <Section title="Voice" about="For runtimes that speak on the telephone. What is left empty they choose themselves.">
          <Voice {...props} />
        </Section>
      )}
      {answers && (
        <Section title="Outbound" about="Where its words have {{name}}, what it is told under that name is put.">
          <Outbound {...props} />
        </Section>
      )}
      {answers && (
        <Section title="MCP server" about="A server of tools of its own, beside those above. They need a yes as all others do.">
          <Mcp {...props} />
        </Section>
      )}
      {!answers && (
        <Section title="Whom it may choose">
          <Supervising {...props} />
        </Section>
      )}
      <Section title="Model and limits" about="Empty fields take what stands in grey. The built-in model always comes last.">
        <Models {...props} />
      </Section>
    </Stack>
  );
}

function Section({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <Title order={2} size="h3">{title}</Title>
      {about && <Text size="xs" c="dimmed" mt={2}>{about}</Text>}
      <Stack gap="sm" mt="sm">{children}</Stack>
    </section>
  );
}

/** The channels that this workspace has accounts on, and those named already. */
export function useChannels(named: string[]): string[] {
  const accounts = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  return [...new Set([...(accounts.data?.items ?? []).map((account) => account.channel), ...named])].sort();
}
