import type { Schemas } from "~/api";

export type Account = Schemas["dynaris__connections__schemas__AccountView"];
export type Health = "well" | "unwell" | "off" | "unproved";

export function healthOf(account: Account): Health {
  if (!account.enabled) return "off";
  if (account.error || account.send_error) return "unwell";
  return account.proof.state === "unproved" ? "unproved" : "well";
}

export const HEALTH: Record<Health, { name: string; color: string }> = {
  well: { name: "Works", color: "teal" },
  unwell: { name: "Does not work", color: "red" },
  unproved: { name: "Address not proved", color: "yellow" },
  off: { name: "Switched off", color: "gray" },
};
