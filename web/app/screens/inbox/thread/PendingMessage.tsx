/** What is on its way to the server, as it will stand there. */
import { Text } from "@mantine/core";
import { Clock } from "lucide-react";
import type { Pending } from "./composer/useSend";
import classes from "./thread.module.css";
import { Words } from "./Words";

export function PendingMessage({ message }: { message: Pending }) {
  return (
    <article className={classes.message} data-side="ours" data-kind={message.note ? "note" : "member"} data-pending aria-label="Being sent">
      <div className={classes.bubble}>
        <Words text={message.text} />
        {message.files.length > 0 && <Text size="xs" c="dimmed">{message.files.map(({ filename }) => filename).join(", ")}</Text>}
        <footer className={classes.under}>
          <Clock size={13} role="img" aria-label="Being sent" className={classes.delivery} />
        </footer>
      </div>
    </article>
  );
}
