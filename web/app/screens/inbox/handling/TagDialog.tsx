import { Plus } from "lucide-react";
import { api, client } from "~/api";
import { complain } from "~/ui/act";
import { useQueryClient } from "@tanstack/react-query";
import type { Line, Tag } from "../queues";
import { Chooser } from "./Chooser";
import { TagDot } from "./TagDot";
import type { Handling } from "./useHandling";

const COLOURS = ["blue", "teal", "grape", "orange", "red", "green", "indigo", "pink", "cyan", "lime", "violet", "yellow"] as const;
const NEW = "new:";

type Props = { ids: readonly string[]; lines: readonly Line[]; handling: Handling; close: () => void };

export default function TagDialog({ ids, lines, handling, close }: Props) {
  const queries = useQueryClient();
  const { data } = api.useQuery("get", "/api/tags");
  const tags = data?.items ?? [];
  const chosen = lines.filter(({ id }) => ids.includes(id));
  const onAll = (tag: Tag) => chosen.length > 0 && chosen.every((line) => line.tags.some(({ id }) => id === tag.id));

  const create = async (name: string) => {
    try {
      const { data: tag } = await client.POST("/api/tags", { body: { name, colour: COLOURS[tags.length % COLOURS.length]! } });
      void queries.invalidateQueries({ queryKey: ["get", "/api/tags"] });
      void handling.tag(ids, tag!, true);
    } catch (error) {
      complain(error, "The tag was not made");
    }
  };
  return (
    <Chooser
      several
      title={ids.length === 1 ? "Tags" : `Tags of ${ids.length} conversations`}
      placeholder="A tag, or the name of a new one"
      options={tags.map((tag) => ({ key: tag.id, label: tag.name, icon: <TagDot colour={tag.colour} />, checked: onAll(tag) }))}
      otherwise={(name) => ({ key: NEW + name, label: `Make the tag “${name}”`, icon: <Plus size={15} aria-hidden /> })}
      choose={(key) => {
        const tag = tags.find(({ id }) => id === key);
        if (tag) void handling.tag(ids, tag, !onAll(tag));
        else void create(key.slice(NEW.length));
      }}
      close={close}
    />
  );
}
