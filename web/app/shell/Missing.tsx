import { Empty } from "~/ui/states";

export default function Missing() {
  return <Empty title="There is no such page">Its address may have changed, or it was mistyped.</Empty>;
}
