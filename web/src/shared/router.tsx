/** Addresses of the pages: the history API, and links that use it. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Place {
  path: string;
  query: URLSearchParams;
}

const MOVED = "studio:moved";

export function place(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** The query of an address without the token with which one arrived: the server has made a cookie of it. */
export function withoutToken(query: string): string {
  const kept = new URLSearchParams(query);
  if (!kept.has("token")) return query;
  kept.delete("token");
  const tail = kept.toString();
  return tail === "" ? "" : `?${tail}`;
}

/** Takes the token out of the address bar, so that it is not copied, bookmarked or photographed along with it. */
export function hideToken(): void {
  const query = withoutToken(location.search);
  if (query !== location.search) history.replaceState(history.state, "", location.pathname + query + location.hash);
}

/** Goes to a page of the studio; `replace` leaves no step in the history. */
export function go(to: string, replace = false): void {
  const before = location.pathname;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  window.dispatchEvent(new Event(MOVED));
  if (location.pathname === before) return;
  window.scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true }); // a screen reader begins with the new page
}

/** Changes values of the query in place; null takes one out. */
export function setQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const tail = query.toString();
  go(location.pathname + (tail === "" ? "" : `?${tail}`), true);
}

export function usePlace(): Place {
  const [here, setHere] = useState(place);
  useEffect(() => {
    const look = (): void => setHere(place());
    window.addEventListener("popstate", look);
    window.addEventListener(MOVED, look);
    return () => {
      window.removeEventListener("popstate", look);
      window.removeEventListener(MOVED, look);
    };
  }, []);
  return here;
}

interface LinkProps {
  to: string;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
  label?: string;
}

export function Link({ to, children, class: name, current = false, label }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} class={name} onClick={follow} aria-current={current ? "page" : undefined} aria-label={label}>
      {children}
    </a>
  );
}

/** The page's title, and what a screen reader is told when it opens. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
