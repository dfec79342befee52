/** Files of a message: images are shown, what is recorded is played, all can be kept. */
import { Text } from "@mantine/core";
import { Download, FileText } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "~/api";
import classes from "./thread.module.css";

type File = Schemas["MessageAttachment"];

const SHOWN = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

export function isImage(mimeType: string): boolean {
  return SHOWN.test(mimeType);
}

/** What stands inside the mail is not listed again. */
export function Files({ files, inMail }: { files: File[]; inMail: boolean }) {
  const listed = files.filter(({ content_id }) => !(inMail && content_id));
  if (!listed.length) return null;
  return (
    <ul className={classes.files} aria-label="Attachments">
      {listed.map((file) => (
        <li key={file.id}>
          <Player file={file} />
          <a href={addressOf(file)} download={file.filename} className={classes.file} title={`Download ${file.filename}`}>
            {isImage(file.mime_type) ? <img src={addressOf(file)} alt={file.filename} loading="lazy" /> : <FileText size={18} aria-hidden />}
            <span className={classes.fileName}>
              <Text size="xs" truncate span>{file.filename}</Text>
              <Text size="xs" c="dimmed" span>{sizeOf(file.size)}</Text>
            </span>
            <Download size={13} aria-hidden />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Nothing for what cannot be played, and nothing once a browser says that it cannot: the file can still be kept. */
function Player({ file }: { file: File }) {
  const [fails, setFails] = useState(false);
  const kind = file.mime_type.split("/")[0];
  if (fails || (kind !== "audio" && kind !== "video")) return null;
  const Element = kind;
  return <Element className={classes.player} controls preload="metadata" src={addressOf(file)} aria-label={`Play ${file.filename}`} onError={() => setFails(true)} />;
}

function addressOf(file: File): string {
  return `/api/attachments/${file.id}`;
}

export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
