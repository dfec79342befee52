import { Anchor, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, Problem, said } from "~/api";
import { useAct } from "~/ui/act";

type Typed = { name: string; email: string; phone: string };

/** A contact that somebody types in; an address that another one has leads there. */
export default function NewContact({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const [taken, setTaken] = useState<string>();
  const [error, setError] = useState<string>();
  const form = useForm<Typed>({
    initialValues: { name: "", email: "", phone: "" },
    validate: (typed) => (typed.name.trim() || typed.email.trim() || typed.phone.trim() ? {} : { name: "A name or an address" }),
  });
  const create = useAct(
    async ({ name, email, phone }: Typed) => {
      const addresses = [
        ...(email.trim() ? [{ kind: "email" as const, value: email.trim() }] : []),
        ...(phone.trim() ? [{ kind: "phone" as const, value: phone.trim() }] : []),
      ];
      const { data } = await client.POST("/api/contacts", { body: { name: name.trim() || null, addresses, status: "lead", tags: [], fields: {} } });
      return data!;
    },
    {
      done: "Contact added",
      failed: false,
      onDone: ({ id }) => {
        close();
        void navigate({ to: "/contacts/$contactId", params: { contactId: id } });
      },
    },
  );
  const submit = form.onSubmit((typed) => {
    setTaken(undefined);
    setError(undefined);
    create.mutate(typed, {
      onError: (problem) => {
        setError(said(problem));
        setTaken(problem instanceof Problem && typeof problem.more.contact_id === "string" ? problem.more.contact_id : undefined);
      },
    });
  });
  return (
    <Modal opened onClose={close} title="New contact">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput label="Name" data-autofocus autoComplete="off" {...form.getInputProps("name")} />
          <TextInput label="E-mail address" type="email" autoComplete="off" {...form.getInputProps("email")} />
          <TextInput label="Telephone number" description="With the country's code, such as +43" type="tel" autoComplete="off" {...form.getInputProps("phone")} />
          {error && (
            <Text size="sm" role="alert">
              {error}
              {taken && (
                <>
                  {" "}
                  <Anchor renderRoot={(props) => <Link to="/contacts/$contactId" params={{ contactId: taken }} {...props} />}>Open that contact</Anchor>
                </>
              )}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
