/** Files being uploaded: dropped or chosen, two at a time, each with how far it is or why it was refused. */
import { ActionIcon, Group, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type DragEvent, useCallback, useRef, useState } from "react";
import { said } from "~/api";
import classes from "./knowledge.module.css";
import { send } from "./upload";

type Upload = { id: number; name: string; share: number; error?: string };

const AT_ONCE = 2;

export function useUploads() {
  const [list, setList] = useState<Upload[]>([]);
  const [over, setOver] = useState(0);
  const waiting = useRef<{ id: number; file: File }[]>([]);
  const state = useRef({ running: 0, next: 1 });
  const queries = useQueryClient();

  const change = useCallback((id: number, patch: Partial<Upload>) => setList((now) => now.map((one) => (one.id === id ? { ...one, ...patch } : one))), []);
  const dismiss = useCallback((id: number) => setList((now) => now.filter((one) => one.id !== id)), []);

  const work = useCallback(() => {
    while (state.current.running < AT_ONCE && waiting.current.length) {
      const { id, file } = waiting.current.shift()!;
      state.current.running += 1;
      send("POST", "/api/knowledge/files", file, (share) => change(id, { share }))
        .then(() => dismiss(id))
        .catch((error: unknown) => change(id, { error: said(error) }))
        .finally(() => {
          state.current.running -= 1;
          void queries.invalidateQueries({ queryKey: ["get", "/api/knowledge"] });
          work();
        });
    }
  }, [change, dismiss, queries]);

  const add = useCallback(
    (files: File[]) => {
      const added = files.map((file) => ({ id: state.current.next++, file }));
      waiting.current.push(...added);
      setList((now) => [...now, ...added.map(({ id, file }) => ({ id, name: file.name, share: 0 }))]);
      work();
    },
    [work],
  );

  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const dropHere = {
    onDragEnter: (event: DragEvent) => hasFiles(event) && setOver((depth) => depth + 1),
    onDragLeave: (event: DragEvent) => hasFiles(event) && setOver((depth) => Math.max(0, depth - 1)),
    onDragOver: (event: DragEvent) => hasFiles(event) && event.preventDefault(),
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(0);
      add([...event.dataTransfer.files]);
    },
  };
  return { list, add, dismiss, dropHere, over: over > 0 };
}

export function Uploads({ list, dismiss }: { list: Upload[]; dismiss: (id: number) => void }) {
  if (!list.length) return null;
  return (
    <Stack gap="xs" mb="md" role="status" aria-label="Uploads">
      {list.map((upload) => (
        <div key={upload.id} className={classes.card}>
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {upload.name}
            </Text>
            {upload.error && (
              <ActionIcon variant="subtle" color="gray" aria-label={`Dismiss ${upload.name}`} onClick={() => dismiss(upload.id)}>
                <X size={15} />
              </ActionIcon>
            )}
          </Group>
          {upload.error ? (
            <Text size="sm" className={classes.problem}>
              {upload.error}
            </Text>
          ) : (
            <Progress value={upload.share * 100} size="sm" mt={6} aria-label={`Upload of ${upload.name}`} />
          )}
        </div>
      ))}
    </Stack>
  );
}
