/** Requests to the studio's own server, and its errors in words. */
import { shared } from "../texts/shared";

/** What the server refused, in its own words: what, which value, the cure. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "HttpError";
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Asking {
  query?: Query;
  signal?: AbortSignal | undefined;
}

/** `/api` + path, with the query's values that are there. */
export function address(path: string, query: Query = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) asked.set(name, String(value));
  }
  const tail = asked.toString();
  return `/api${path}${tail === "" ? "" : `?${tail}`}`;
}

/** The address of something of a run: `of("0001-ring", "/curves")` is "/runs/0001-ring/curves". */
export function of(run: string, path = ""): string {
  return `/runs/${encodeURIComponent(run)}${path}`;
}

export async function get<T>(path: string, asking: Asking = {}): Promise<T> {
  return json<T>(await ask("GET", path, asking));
}

/** POST with JSON, or with raw bytes where `body` is a Blob. */
export async function post<T>(path: string, body: unknown = {}, asking: Asking = {}): Promise<T> {
  return json<T>(await ask("POST", path, asking, body));
}

export async function del<T = unknown>(path: string, asking: Asking = {}): Promise<T> {
  return json<T>(await ask("DELETE", path, asking));
}

/** The bytes at an address, as they came. */
export async function bytes(path: string, asking: Asking = {}): Promise<Uint8Array> {
  return new Uint8Array(await (await ask("GET", path, asking)).arrayBuffer());
}

/** POST whose answer is a file. */
export async function postForBlob(path: string, body: unknown, asking: Asking = {}): Promise<Blob> {
  return (await ask("POST", path, asking, body)).blob();
}

/** True of the error that follows on an aborted request: nothing to tell. */
export function aborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** True of the answer that what was asked for is not there: asking again does not help. */
export function missing(error: unknown): boolean {
  return error instanceof HttpError && error.status === 404;
}

/** An error in words for people. */
export function wordsOf(error: unknown): string {
  if (error instanceof HttpError) return error.message;
  if (error instanceof TypeError) return shared.noServer;
  return error instanceof Error ? error.message : String(error);
}

async function ask(method: string, path: string, asking: Asking, body?: unknown): Promise<Response> {
  const init: RequestInit = { method, credentials: "same-origin", signal: asking.signal ?? null };
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { "content-type": body.type || "application/octet-stream" };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const answer = await fetch(address(path, asking.query), init);
  if (!answer.ok) throw new HttpError(answer.status, await refusal(answer));
  return answer;
}

async function refusal(answer: Response): Promise<string> {
  try {
    const told: unknown = await answer.json();
    if (told !== null && typeof told === "object" && "error" in told) return String(told.error);
  } catch {
    // Not JSON: the status must do.
  }
  return shared.refused(answer.status);
}

async function json<T>(answer: Response): Promise<T> {
  return (answer.status === 204 ? null : await answer.json()) as T;
}
