/** Where what a notification is about is shown. */
const PATHS: Record<string, (id: string) => string> = {
  conversation: (id) => `/inbox/all/${id}`,
  event: (id) => `/events/${id}`,
  contact: (id) => `/contacts/${id}`,
  task: () => "/tasks",
  booking: () => "/scheduling",
  approval: () => "/inbox/approvals",
  account: (id) => `/connectors/${id}`,
  model_provider: () => "/settings/models",
  workspace: () => "/settings",
};

/** Of a subject like `conversation:<id>`; undefined where there is no screen for it. */
export function pathOf(subject: string): string | undefined {
  const cut = subject.indexOf(":");
  return PATHS[subject.slice(0, cut)]?.(subject.slice(cut + 1));
}
