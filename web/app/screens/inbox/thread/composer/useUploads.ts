/** Files on their way to the server, before the message that names them. */
import { useCallback, useState } from "react";
import { client } from "~/api";
import { complain } from "~/ui/act";
import type { Upload } from "./useDraft";
import { uuid } from "./uuid";

export function useUploads(conversationId: string, done: (file: Upload) => void) {
  const [uploading, setUploading] = useState<{ id: string; filename: string }[]>([]);
  const upload = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const id = uuid();
        setUploading((all) => [...all, { id, filename: file.name }]);
        send(conversationId, file)
          .then(done, (error: unknown) => complain(error, `${file.name} was not uploaded`))
          .finally(() => setUploading((all) => all.filter((each) => each.id !== id)));
      }
    },
    [conversationId, done],
  );
  return { uploading, upload };
}

async function send(conversationId: string, file: File): Promise<Upload> {
  const form = new FormData();
  form.append("file", file, file.name || "pasted.png");
  const { data } = await client.POST("/api/conversations/{conversation_id}/attachments", {
    params: { path: { conversation_id: conversationId } },
    body: { file: "" }, // typed as text; what is sent is the form
    bodySerializer: () => form,
  });
  return data!;
}

/** It goes from the server, too; one that was gone already is no matter. */
export function takeBack(file: Upload): void {
  void client.DELETE("/api/attachments/{attachment_id}", { params: { path: { attachment_id: file.id } } }).catch(() => undefined);
}
