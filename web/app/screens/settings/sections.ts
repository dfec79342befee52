/** The sections of the settings, in their order; each is loaded when it is opened. */
import { BadgeDollarSign, Bell, Clock, Cpu, FileCheck, FileText, Handshake, History, KeyRound, type LucideIcon, MessageSquare, Split, Tags, Timer, Trash2, UserRound, Users, UsersRound, Building2, BotMessageSquare } from "lucide-react";
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

export type Section = {
  key: string;
  label: string;
  icon: LucideIcon;
  group: "You" | "Business" | "People" | "Conversations" | "Safety";
  /** Shown to admins only: the API refuses others. */
  admin?: boolean;
  body: LazyExoticComponent<ComponentType>;
};

export const SECTIONS: Section[] = [
  { key: "account", label: "Your account", icon: UserRound, group: "You", body: lazy(() => import("./account/Account")) },
  { key: "notifications", label: "Notifications", icon: Bell, group: "You", body: lazy(() => import("./notifications/Notifications")) },
  { key: "workspace", label: "Business", icon: Building2, group: "Business", body: lazy(() => import("./Business")) },
  { key: "hours", label: "Opening hours", icon: Clock, group: "Business", body: lazy(() => import("./Hours")) },
  { key: "plan", label: "Plan and credits", icon: BadgeDollarSign, group: "Business", body: lazy(() => import("./Plan")) },
  { key: "members", label: "Members", icon: Users, group: "People", body: lazy(() => import("./people/Members")) },
  { key: "teams", label: "Teams", icon: UsersRound, group: "People", body: lazy(() => import("./people/Teams")) },
  { key: "auto-mode", label: "Auto Mode", icon: BotMessageSquare, group: "Conversations", body: lazy(() => import("./AutoMode")) },
  { key: "models", label: "Models", icon: Cpu, group: "Conversations", body: lazy(async () => ({ default: (await import("~/screens/agents/models/ModelsSettings")).ModelsSettings })) },
  { key: "answering", label: "Who answers", icon: Split, group: "Conversations", body: lazy(() => import("./Answering")) },
  { key: "hand-off", label: "Hand-off", icon: Handshake, group: "Conversations", body: lazy(() => import("./HandOff")) },
  { key: "templates", label: "Templates", icon: FileCheck, group: "Conversations", body: lazy(() => import("./templates/Templates")) },
  { key: "widget", label: "Chat widget", icon: MessageSquare, group: "Conversations", body: lazy(() => import("./Widget")) },
  { key: "tags", label: "Tags", icon: Tags, group: "Conversations", body: lazy(() => import("./Tags")) },
  { key: "sla", label: "SLA", icon: Timer, group: "Conversations", body: lazy(() => import("./Sla")) },
  { key: "canned-replies", label: "Canned replies", icon: FileText, group: "Conversations", body: lazy(() => import("./CannedReplies")) },
  { key: "api-keys", label: "API keys", icon: KeyRound, group: "Safety", admin: true, body: lazy(() => import("./Keys")) },
  { key: "privacy", label: "Retention", icon: Trash2, group: "Safety", body: lazy(() => import("./Retention")) },
  { key: "audit-log", label: "Audit log", icon: History, group: "Safety", admin: true, body: lazy(() => import("./AuditLog")) },
];
