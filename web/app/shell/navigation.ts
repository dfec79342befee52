/** Where one can go, in the order of the side bar; `key` after "g" goes there. */
import { BookOpen, Bot, CalendarDays, CheckSquare, Inbox, LayoutDashboard, ListTree, Phone, Plug, Rocket, Settings, Users, type LucideIcon } from "lucide-react";

export type Place = { path: string; label: string; icon: LucideIcon; key: string; group: "work" | "set-up" };

export const PLACES: Place[] = [
  { path: "/", label: "Overview", icon: LayoutDashboard, key: "o", group: "work" },
  { path: "/inbox", label: "Inbox", icon: Inbox, key: "i", group: "work" },
  { path: "/events", label: "Events", icon: ListTree, key: "e", group: "work" },
  { path: "/calls", label: "Calls", icon: Phone, key: "p", group: "work" },
  { path: "/contacts", label: "Contacts", icon: Users, key: "c", group: "work" },
  { path: "/tasks", label: "Tasks", icon: CheckSquare, key: "t", group: "work" },
  { path: "/agents", label: "Agents", icon: Bot, key: "a", group: "set-up" },
  { path: "/knowledge", label: "Knowledge", icon: BookOpen, key: "k", group: "set-up" },
  { path: "/scheduling", label: "Scheduling", icon: CalendarDays, key: "s", group: "set-up" },
  { path: "/connectors", label: "Connectors", icon: Plug, key: "n", group: "set-up" },
  { path: "/settings", label: "Settings", icon: Settings, key: "x", group: "set-up" },
  { path: "/onboarding", label: "Onboarding", icon: Rocket, key: "b", group: "set-up" },
];

export const PALETTE_KEY = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";
