/** HTML of a mail, in a frame that runs no scripts. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Image } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { client } from "~/api";
import { useScheme } from "~/shell/scheme";
import { framed } from "./mail";
import classes from "./thread.module.css";
import type { Message } from "./useMessages";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

export function MailFrame({ message }: { message: Message }) {
  const [remote, setRemote] = useState(false);
  const [dark] = useScheme();
  const withImages = useQuery({
    queryKey: ["mail with images", message.id],
    queryFn: async () => (await client.GET("/api/messages/{message_id}", { params: { path: { message_id: message.id }, query: { images: "remote" } } })).data!,
    enabled: remote,
    meta: { live: false },
  });
  const html = withImages.data?.html ?? message.html ?? "";
  const content = useMemo(() => framed(html, { nonce, dark, remote: withImages.data !== undefined }), [html, dark, withImages.data]);
  const [frame, height] = useHeight(content);
  return (
    <div>
      <iframe ref={frame} className={classes.mail} title={`Mail from ${message.author_name ?? "the contact"}`} srcDoc={content} sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" height={height} />
      {(message.blocked_images ?? 0) > 0 && !withImages.data && (
        <Button variant="subtle" color="gray" size="compact-xs" leftSection={<Image size={13} aria-hidden />} loading={withImages.isLoading} onClick={() => setRemote(true)}>
          Show {message.blocked_images} {message.blocked_images === 1 ? "image" : "images"} from elsewhere
        </Button>
      )}
    </div>
  );
}

/** As high as what is in it, also after images came or a quote was unfolded. */
function useHeight(content: string) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(40);
  const measure = useCallback(() => {
    const body = frame.current?.contentDocument?.body;
    if (body) setHeight(Math.min(Math.ceil(body.getBoundingClientRect().height) + 2, 20_000));
  }, []);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let watched: ResizeObserver | undefined;
    const loaded = () => {
      measure();
      const body = element.contentDocument?.body;
      if (!body) return;
      watched?.disconnect();
      watched = new ResizeObserver(measure);
      watched.observe(body);
    };
    element.addEventListener("load", loaded);
    loaded();
    return () => {
      element.removeEventListener("load", loaded);
      watched?.disconnect();
    };
  }, [content, measure]);
  return [frame, height] as const;
}
