import { ActionIcon, CloseButton, Text, Tooltip } from "@mantine/core";
import { Archive, Clock, Tag, UserPlus } from "lucide-react";
import type { Doing } from "../keys";
import classes from "./list.module.css";

const ACTIONS = [
  { what: "assign", label: "Assign", key: "a", icon: UserPlus },
  { what: "snooze", label: "Snooze", key: "s", icon: Clock },
  { what: "tag", label: "Tag", key: "t", icon: Tag },
  { what: "close", label: "Close", key: "e", icon: Archive },
] as const;

/** What can be done with all that are selected. */
export function BulkBar({ count, act, clear }: { count: number; act: (what: Doing) => void; clear: () => void }) {
  return (
    <div className={classes.bulk} role="toolbar" aria-label="Selected conversations">
      <Text size="sm" fw={600} flex={1}>
        {count} selected
      </Text>
      {ACTIONS.map(({ what, label, key, icon: Icon }) => (
        <Tooltip key={what} label={`${label} (${key})`}>
          <ActionIcon variant="subtle" color="gray" aria-label={`${label} the selected`} onClick={() => act(what)}>
            <Icon size={16} />
          </ActionIcon>
        </Tooltip>
      ))}
      <CloseButton size="sm" aria-label="Select none" onClick={clear} />
    </div>
  );
}
