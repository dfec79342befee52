/** Files that will leave with the message. */
import { ActionIcon, Loader, Text } from "@mantine/core";
import { FileText, X } from "lucide-react";
import { isImage, sizeOf } from "../Files";
import classes from "./composer.module.css";
import type { Upload } from "./useDraft";
import { takeBack } from "./useUploads";

type Props = { files: Upload[]; uploading: { id: string; filename: string }[]; change: (files: Upload[]) => void };

export function FileChips({ files, uploading, change }: Props) {
  if (!files.length && !uploading.length) return null;
  const remove = (file: Upload) => {
    change(files.filter(({ id }) => id !== file.id));
    takeBack(file);
  };
  return (
    <ul className={classes.chips} aria-label="Attached files">
      {files.map((file) => (
        <li key={file.id} className={classes.chip}>
          {isImage(file.mime_type) ? <img src={`/api/attachments/${file.id}`} alt="" /> : <FileText size={15} aria-hidden />}
          <Text size="xs" span truncate>{file.filename}</Text>
          <Text size="xs" c="dimmed" span>{sizeOf(file.size)}</Text>
          <ActionIcon size="xs" variant="subtle" color="gray" aria-label={`Remove ${file.filename}`} onClick={() => remove(file)}><X size={12} /></ActionIcon>
        </li>
      ))}
      {uploading.map(({ id, filename }) => (
        <li key={id} className={classes.chip} aria-busy>
          <Loader size={12} />
          <Text size="xs" span truncate>{filename}</Text>
        </li>
      ))}
    </ul>
  );
}
