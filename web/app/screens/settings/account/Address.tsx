import { Alert, PasswordInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Form, Part } from "../Part";

export type Account = Schemas["dynaris__people__schemas__AccountView"];

export function Address({ account }: { account: Account }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const ask = useAct(() => client.POST("/api/auth/email", { body: { email: email.trim(), password } }), { failed: false, onDone: () => setPassword("") });
  return (
    <Part title="E-mail address" about={<>You sign in as <b>{account.email}</b>, {account.name}.</>}>
      {!account.has_password && <Text size="sm" c="dimmed">Choose a password first: it confirms changes like this one.</Text>}
      {account.has_password && (
        <Form onSubmit={() => ask.mutate(undefined)} error={ask.error} busy={ask.isPending} isChanged={email.includes("@") && Boolean(password)} action="Change address">
          {ask.data?.data && <Alert color="teal">{ask.data.data.detail}</Alert>}
          <TextInput label="New address" type="email" autoComplete="email" value={email} onChange={(event) => setEmail(event.currentTarget.value)} maw={360} />
          <PasswordInput label="Your password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} maw={360} />
        </Form>
      )}
    </Part>
  );
}
