/** Secrets that were made for a new account: shown this once. */
import { Alert, Button, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { Copyable } from "~/ui/Copyable";
import { labelOf } from "./schema";
import classes from "./Connectors.module.css";

export function Issued({ secrets, accountId }: { secrets: Record<string, string>; accountId: string }) {
  return (
    <Stack className={classes.narrow}>
      <Alert icon={<KeyRound size={18} />} title="It is connected. Copy what was made for it now: it is not shown again.">
        {Object.entries(secrets).map(([name, secret]) => <Copyable key={name} label={labelOf(name)} text={secret} />)}
      </Alert>
      <div>
        <Button component={Link} to={`/connectors/${accountId}`}>I have copied it</Button>
      </div>
    </Stack>
  );
}
