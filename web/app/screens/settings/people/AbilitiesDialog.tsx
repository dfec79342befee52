/** What a member speaks and knows: conversations are offered to them by it. */
import { Button, Group, Modal, Stack, TagsInput } from "@mantine/core";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";

const same = ((answer: unknown) => answer) as never;

export default function AbilitiesDialog({ member, close }: { member: Schemas["MemberView"]; close: () => void }) {
  const [languages, speak] = useState(member.languages);
  const [skills, know] = useState(member.skills);
  const save = useAct(() => client.PUT("/api/members/{id}/abilities", { params: { path: { id: member.id } }, body: { languages, skills } }), {
    failed: "Nothing was changed",
    guess: () => [{ key: ["get", "/api/members"], change: same }],
    onDone: close,
  });
  return (
    <Modal opened onClose={close} title={`Languages and skills of ${member.name}`}>
      <Stack>
        <TagsInput label="Languages" description="Two letters each, such as de. None: conversations in any language." placeholder={languages.length ? "" : "de"} value={languages} onChange={(next) => speak(next.map((one) => one.toLowerCase()))} acceptValueOnBlur />
        <TagsInput label="Skills" description="A conversation asks for one by a tag, or an agent, of that name." placeholder={skills.length ? "" : "billing"} value={skills} onChange={know} acceptValueOnBlur />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button loading={save.isPending} onClick={() => save.mutate(undefined)}>Save</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
