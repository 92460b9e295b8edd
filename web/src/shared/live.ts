/** Server-sent events that come back by themselves when the connection is lost. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export type Connection = "connecting" | "live" | "lost";

const FIRST = 500;
const LONGEST = 4_000;

/** Milliseconds to wait before the k-th attempt (k = 0, 1, ..). */
export function backoff(attempt: number): number {
  return Math.min(LONGEST, FIRST * 2 ** attempt);
}

/** Follows `event` at `url` until the returned function is called; `hear` gets each event's JSON. */
export function follow<T>(
  url: string,
  event: string,
  hear: (data: T) => void,
  tell: (state: Connection) => void = () => undefined,
): () => void {
  let source: EventSource | null = null;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const open = (): void => {
    source = new EventSource(url);
    source.onopen = () => {
      attempt = 0;
      tell("live");
    };
    source.addEventListener(event, (message: MessageEvent<string>) => hear(JSON.parse(message.data) as T));
    source.onerror = () => {
      source?.close();
      if (over) return;
      tell("lost");
      timer = setTimeout(open, backoff(attempt++));
    };
  };
  const again = (): void => {
    clearTimeout(timer);
    if (document.hidden) {
      // A browser has six connections to a server: pages that nobody sees must not keep them from the one in view.
      source?.close();
    } else if (source === null || source.readyState === EventSource.CLOSED) {
      attempt = 0;
      open();
    }
  };
  tell("connecting");
  again();
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", again);
  return () => {
    over = true;
    clearTimeout(timer);
    window.removeEventListener("online", again);
    document.removeEventListener("visibilitychange", again);
    source?.close();
  };
}

/** The same as a hook; `url` null = follow nothing. Returns the state of the connection. */
export function useLive<T>(url: string | null, event: string, hear: (data: T) => void): Connection {
  const [state, setState] = useState<Connection>("connecting");
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    if (url === null) return undefined;
    return follow<T>(url, event, (data) => latest.current(data), setState);
  }, [url, event]);
  return state;
}

/** Calls `look` now and every `seconds` while the page is visible, and at once when it becomes visible again. */
export function usePolling(look: () => void, seconds: number): void {
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    const now = (): void => {
      if (!document.hidden) latest.current();
    };
    now();
    const timer = setInterval(now, seconds * 1000);
    document.addEventListener("visibilitychange", now);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", now);
    };
  }, [seconds]);
}

/** A box for an element that tells `hear` whether it is in view, from when it is `there` on. */
export function useInView(hear: (is: boolean) => void, there: boolean): RefObject<HTMLElement | null> {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (box.current === null) return undefined;
    const observer = new IntersectionObserver((seen) => hear(seen.at(-1)?.isIntersecting ?? true));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [hear, there]);
  return box;
}
