import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { Empty } from "~/ui/states";

export default function Missing() {
  useDocumentTitle("No such page · Dynaris");
  return (
    <Empty title="There is no such page" action={<Button component={Link} to="/" variant="default">To the overview</Button>}>
      Its address may have changed, or it was mistyped.
    </Empty>
  );
}
