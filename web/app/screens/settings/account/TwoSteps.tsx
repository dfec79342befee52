/** Two-step sign-in: switched on with an app's code, off with password and code; recovery codes are shown once. */
import { Alert, Badge, Button, Code, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { Copyable } from "~/ui/Copyable";
import { Form, Part } from "../Part";
import type { Account } from "./Address";
import classes from "../Settings.module.css";

export function TwoSteps({ account }: { account: Account }) {
  const [codes, show] = useState<string[]>();
  return (
    <Part title="Two-step sign-in" about="After the password also a code of an app on your phone." action={<Badge color={account.totp ? "teal" : "gray"}>{account.totp ? "On" : "Off"}</Badge>}>
      {codes ? <RecoveryCodes codes={codes} done={() => show(undefined)} /> : !account.has_password ? <Text size="sm" c="dimmed">It needs a password first.</Text> : account.totp ? <SwitchOff account={account} show={show} /> : <SwitchOn show={show} />}
    </Part>
  );
}

function useRenewed() {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: ["get", "/api/auth/account"] });
}

function SwitchOn({ show }: { show: (codes: string[]) => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const renewed = useRenewed();
  const begin = useMutation({ mutationFn: () => client.POST("/api/auth/totp", { body: { password } }) });
  const confirm = useMutation({
    mutationFn: () => client.POST("/api/auth/totp/confirm", { body: { code: code.trim() } }),
    onSuccess: ({ data }) => {
      show(data?.recovery_codes ?? []);
      renewed();
    },
  });
  const begun = begin.data?.data;
  if (!begun) {
    return (
      <Form onSubmit={() => begin.mutate()} error={begin.error} busy={begin.isPending} isChanged={Boolean(password)} action="Switch on">
        <PasswordInput label="Your password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} maw={360} />
      </Form>
    );
  }
  return (
    <Form onSubmit={() => confirm.mutate()} error={confirm.error} busy={confirm.isPending} isChanged={code.trim().length >= 6} action="Confirm">
      <Text size="sm">Scan this with an authenticator app, or type its secret there. Then type the code it shows.</Text>
      <Group align="flex-start">
        <img className={classes.qr} alt="QR code of the secret" src={imageOf(begun)} />
        <Copyable label="Secret" text={begun.secret} />
      </Group>
      <TextInput label="Code" inputMode="numeric" autoComplete="one-time-code" maxLength={10} value={code} onChange={(event) => setCode(event.currentTarget.value)} maw={200} />
    </Form>
  );
}

/** An image and nothing else: what stands in an SVG's source cannot act from there. */
function imageOf(begun: Schemas["TotpBeginning"]): string {
  return begun.qr.startsWith("data:") ? begun.qr : `data:image/svg+xml,${encodeURIComponent(begun.qr)}`;
}

function SwitchOff({ account, show }: { account: Account; show: (codes: string[]) => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const renewed = useRenewed();
  const body = { password, code: code.trim() };
  const off = useMutation({ mutationFn: () => client.POST("/api/auth/totp/disable", { body }), onSuccess: renewed });
  const renew = useMutation({
    mutationFn: () => client.POST("/api/auth/totp/recovery-codes", { body }),
    onSuccess: ({ data }) => {
      show(data?.recovery_codes ?? []);
      renewed();
    },
  });
  const isReady = Boolean(password) && code.trim().length >= 6;
  return (
    <Form onSubmit={() => renew.mutate()} error={renew.error ?? off.error} busy={renew.isPending} isChanged={isReady} action="New recovery codes">
      <Text size="sm">{account.recovery_codes_left} recovery codes are left.</Text>
      <PasswordInput label="Your password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} maw={360} />
      <TextInput label="Code of the app, or a recovery code" autoComplete="one-time-code" maxLength={40} value={code} onChange={(event) => setCode(event.currentTarget.value)} maw={360} />
      <div>
        <Button variant="default" color="red" loading={off.isPending} disabled={!isReady} onClick={() => off.mutate()}>Switch two-step sign-in off</Button>
      </div>
    </Form>
  );
}

function RecoveryCodes({ codes, done }: { codes: string[]; done: () => void }) {
  return (
    <Stack>
      <Alert color="yellow" title="Keep these recovery codes: they are not shown again.">
        Each works once instead of a code, should your phone be gone.
        <Code block mt="sm">{codes.join("\n")}</Code>
      </Alert>
      <div><Button onClick={done}>I have kept them</Button></div>
    </Stack>
  );
}
