import { Avatar, Menu, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronsUpDown, LogOut, UserRound } from "lucide-react";
import { api } from "~/api";
import { enterWorkspace, signOut, useMe } from "~/session";
import classes from "./Shell.module.css";

/** Which workspace this is, the others of the signed-in person, and the way out. */
export default function WorkspaceMenu() {
  const { data: me } = useMe();
  const { data: workspaces } = api.useQuery("get", "/api/workspaces", {}, { staleTime: 300_000 });
  const navigate = useNavigate();
  if (!me) return <Skeleton height={44} />;
  return (
    <Menu width={240} position="bottom-start">
      <Menu.Target>
        <UnstyledButton className={classes.workspace}>
          <Avatar size={28} radius="md" color="iris" variant="filled" name={me.workspace.name} />
          <div className={classes.names}>
            <Text size="sm" fw={600}>{me.workspace.name}</Text>
            <Text size="xs" c="dimmed">{me.member?.name ?? "Staff, on a visit"}</Text>
          </div>
          <ChevronsUpDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Workspaces</Menu.Label>
        {(workspaces?.items ?? []).map((each) => (
          <Menu.Item key={each.id} rightSection={each.id === me.workspace.id && <Check size={14} aria-label="Here" />} onClick={() => void enterWorkspace(each.id)}>
            {each.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<UserRound size={14} />} onClick={() => void navigate({ to: "/settings/$section", params: { section: "account" }, search: {} })}>
          Your account
        </Menu.Item>
        <Menu.Item leftSection={<LogOut size={14} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
