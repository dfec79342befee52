import { Badge, CopyButton, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { ShieldCheck, ShieldQuestion } from "lucide-react";
import type { Schemas } from "~/api";
import { ADDRESS_KINDS } from "~/screens/contacts/parts/data";
import classes from "./contact.module.css";
import { Nothing, Section } from "./Section";

const PROVED: Record<string, string> = { provider: "Their provider vouches for it", code: "They typed the code that was sent there", member: "A teammate vouches for it", host: "Your own site vouches for it" };

function proof({ verified, verified_by, claimed }: Schemas["Contact"]["addresses"][number]): string {
  if (verified) return PROVED[verified_by ?? ""] ?? "Proved to be theirs";
  return claimed ? "They only say so: nothing ever came from there" : "Messages came from there, but nobody proved who writes";
}

/** How the contact is reached, what was proved of it, and where they want no messages. */
export function Addresses({ contact }: { contact: Schemas["Contact"] }) {
  const shown = contact.addresses.filter(({ kind }) => kind !== "visitor");
  return (
    <Section title="Addresses and consent">
      {!shown.length && <Nothing>No address is known: they can be answered in this conversation only.</Nothing>}
      {shown.map((address) => (
        <Group key={address.id} gap={6} wrap="nowrap">
          <Tooltip label={proof(address)}>
            {address.verified ? (
              <ShieldCheck size={15} role="img" aria-label={proof(address)} className={classes.proved} />
            ) : (
              <ShieldQuestion size={15} role="img" aria-label={proof(address)} className={classes.unproved} />
            )}
          </Tooltip>
          <CopyButton value={address.value}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? "Copied" : "Copy"}>
                <UnstyledButton onClick={copy} className={classes.address}>
                  <Text size="sm" truncate>
                    {address.display ?? address.value}
                  </Text>
                </UnstyledButton>
              </Tooltip>
            )}
          </CopyButton>
          {address.kind !== "email" && <Text size="xs" c="dimmed" flex="none">{ADDRESS_KINDS[address.kind] ?? address.kind}</Text>}
        </Group>
      ))}
      {contact.blocked_channels.length > 0 && (
        <Group gap={4} mt={6}>
          {contact.blocked_channels.map((channel) => (
            <Badge key={channel} color="orange">
              {channel === "any" ? "Wants no messages" : `No ${channel.replace("/", " ").replaceAll("_", " ")}`}
            </Badge>
          ))}
        </Group>
      )}
    </Section>
  );
}
