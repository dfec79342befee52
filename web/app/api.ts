/** The product's API, typed by its own description: `api.useQuery("get", "/api/tasks")`. */
import createFetchClient, { type Middleware } from "openapi-fetch";
import createClient from "openapi-react-query";
import type { components, paths } from "@api/schema";

export type Schemas = components["schemas"];

/** An error as the API tells it (problem+json); `status` 0: the server was not reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail);
    this.name = "Problem";
  }
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    if (response.status === 401) signIn();
    const body = (await response.clone().json().catch(() => ({}))) as Record<string, unknown>;
    const detail = typeof body.detail === "string" ? body.detail : `the server answered ${response.status}`;
    throw new Problem(response.status, typeof body.code === "string" ? body.code : "unknown", detail, body);
  },
  onError() {
    return new Problem(0, "unreachable", "the server cannot be reached; nothing was changed");
  },
};

/** For calls outside of React Query: `await client.POST("/api/tasks", { body })`; errors are thrown as `Problem`. */
export const client = createFetchClient<paths>({ baseUrl: "/" });
client.use(problems);

/** Hooks: `useQuery`, `useSuspenseQuery`, `useInfiniteQuery`, `useMutation`, `queryOptions`. */
export const api = createClient(client);

/** For lists that come in pages: `api.useInfiniteQuery("get", path, init, PAGED)`. */
export const PAGED = {
  pageParamName: "cursor",
  initialPageParam: null as string | null, // `undefined` would be sent as 0
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined,
};

/** What people are told of any error. */
export function said(error: unknown): string {
  return error instanceof Error ? sentence(error.message) : "Something went wrong";
}

/** Begun with a capital, unless it begins with the name of a file or an address. */
export function sentence(text: string): string {
  return /^[a-z-]+(?=[\s,:;']|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Leaves for the sign-in page, and comes back here afterwards. */
export function signIn(): void {
  const here = location.pathname + location.search;
  location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
