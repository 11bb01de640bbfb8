import { ChatError } from "../errors.js";
import type { HistoryPage } from "../protocol.js";

/** Where a page of history starts: `after` ascends, `before` descends; neither is the newest. */
export type HistoryPosition = { readonly after: number } | { readonly before: number } | Record<never, never>;

/** Groups and history over REST, apart from the stream of messages. Any gateway answers. */
export class Rest {
  constructor(
    private readonly gateway: () => string,
    private readonly token: () => string | Promise<string>,
    private readonly timeout: number,
  ) {}

  /** The groups that the user belongs to now, all pages. */
  async groups(signal?: AbortSignal): Promise<string[]> {
    const groups: string[] = [];
    let pageToken: string | null | undefined;
    do {
      const query = pageToken ? `?pageToken=${encodeURIComponent(pageToken)}` : "";
      const page = await this.call<{ groups: { groupId: string }[]; nextPageToken?: string | null }>(
        "GET",
        `/groups${query}`,
        undefined,
        signal,
      );
      groups.push(...page.groups.map(({ groupId }) => groupId));
      pageToken = page.nextPageToken;
    } while (pageToken);
    return groups;
  }

  /** One page of history; it may be shorter than the limit. */
  history(groupId: string, position: HistoryPosition, limit: number, signal?: AbortSignal): Promise<HistoryPage> {
    const query = new URLSearchParams({
      ...Object.fromEntries(Object.entries(position).map(([name, at]) => [name, `${at}`])),
      limit: `${limit}`,
    });
    return this.call("GET", `/groups/${encodeURIComponent(groupId)}/messages?${query}`, undefined, signal);
  }

  /** Any other call of `/openapi/v1.json`. @throws ChatError with the code of the problem, or `connection_lost`. */
  async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const deadline = AbortSignal.timeout(this.timeout);
    const cancelled = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const headers: Record<string, string> = { Authorization: `Bearer ${await this.token()}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      const sent = body === undefined ? null : JSON.stringify(body);
      response = await fetch(this.gateway().replace(/\/+$/, "") + path, { method, headers, body: sent, signal: cancelled });
      if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (failure) {
      if (signal?.aborted) throw signal.reason;
      throw new ChatError("connection_lost", `No answer to ${method} ${path.split("?")[0]}.`, { cause: failure });
    }
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    throw new ChatError(problem.code ?? codeOf(response.status), problem.detail ?? `${method} answered ${response.status}.`);
  }
}

// For answers that are not the gateway's own: those of a balancer.
function codeOf(status: number): string {
  if (status === 401) return "unauthenticated";
  if (status === 429) return "rate_limited";
  if ([408, 502, 503, 504].includes(status)) return "unavailable";
  return status >= 500 ? "internal" : status === 404 ? "not_found" : "malformed_request";
}
