/** A text to take along, with a button that copies it. */
import { ActionIcon, Code, CopyButton, Group, Text } from "@mantine/core";
import { Check, Copy } from "lucide-react";

export function Copyable({ label, text, block }: { label?: string; text: string; block?: boolean }) {
  return (
    <div>
      {label && <Text size="xs" c="dimmed" mt={6}>{label}</Text>}
      <Group gap={6} wrap="nowrap" align={block ? "flex-start" : "center"}>
        <Code block={block} style={{ flex: block ? 1 : undefined, overflowWrap: "anywhere", whiteSpace: block ? "pre-wrap" : undefined }}>{text}</Code>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <ActionIcon variant="subtle" color={copied ? "teal" : "gray"} onClick={copy} aria-label={copied ? "Copied" : `Copy${label ? ` ${label}` : ""}`} title={copied ? "Copied" : "Copy"}>
              {copied ? <Check size={15} /> : <Copy size={15} />}
            </ActionIcon>
          )}
        </CopyButton>
      </Group>
    </div>
  );
}
