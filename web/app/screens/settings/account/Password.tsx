import { Alert, Anchor, PasswordInput, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "~/api";
import { Form, Part } from "../Part";
import type { Account } from "./Address";

export function Password({ account }: { account: Account }) {
  const [now, setNow] = useState("");
  const [next, setNext] = useState("");
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () => client.POST("/api/auth/password", { body: { password: now, new_password: next } }),
    onSuccess: () => {
      setNow("");
      setNext("");
      void queries.invalidateQueries({ queryKey: ["get", "/api/auth/sessions"] });
    },
  });
  return (
    <Part title="Password" about="A new one ends every other session.">
      {!account.has_password && (
        <Text size="sm">You have no password yet. <Anchor href="/forgotten" size="sm">Choose one by a mailed link</Anchor></Text>
      )}
      {account.has_password && (
        <Form onSubmit={() => change.mutate()} error={change.error} busy={change.isPending} isChanged={Boolean(now) && next.length >= 10} action="Change password">
          {change.isSuccess && !now && <Alert color="teal">Your password is changed.</Alert>}
          <PasswordInput label="Password now" autoComplete="current-password" value={now} onChange={(event) => setNow(event.currentTarget.value)} maw={360} />
          <PasswordInput label="New password" description="10 characters or more." autoComplete="new-password" value={next} onChange={(event) => setNext(event.currentTarget.value)} maw={360} />
        </Form>
      )}
    </Part>
  );
}
