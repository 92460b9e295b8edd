/** One run: its name and its three parts, Watch, Explore and Play. */
import { useEffect, useState } from "preact/hooks";
import type { Summary } from "./shared/api";
import { Gone } from "./shared/gone";
import { aborted, get, missing, of } from "./shared/http";
import { useKeys } from "./shared/keys";
import { lazily } from "./shared/lazy";
import { go, Link, useTitle } from "./shared/router";
import { Failed } from "./shared/ui";
import { shared } from "./texts/shared";

export type Part = "watch" | "explore" | "play";

const PAGES = {
  watch: lazily<{ run: string }>(() => import("./watch/page")),
  explore: lazily<{ run: string }>(() => import("./explore/page")),
  play: lazily<{ run: string }>(() => import("./play/page")),
};

export function partAddress(run: string, part: Part): string {
  const base = `/run/${encodeURIComponent(run)}`;
  return part === "watch" ? base : `${base}/${part}`;
}

export function RunFrame({ run, part }: { run: string; part: Part }) {
  const [summary, setSummary] = useState<Summary | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useTitle(`${run} · ${shared.tabs[part]} · ${shared.title}`);
  useEffect(() => {
    const ended = new AbortController();
    setError(null);
    get<Summary>(of(run), { signal: ended.signal }).then(setSummary, (reason) => {
      if (!aborted(reason)) setError(reason);
    });
    return () => ended.abort();
  }, [run, attempt]);
  useKeys([
    { key: "w", words: shared.tabs.watch, run: () => go(partAddress(run, "watch")) },
    { key: "e", words: shared.tabs.explore, run: () => go(partAddress(run, "explore")) },
    { key: "y", words: shared.tabs.play, run: () => go(partAddress(run, "play")) },
  ]);
  const Page = PAGES[part];
  return (
    <>
      <div class="run-head">
        <div>
          <p class="eyebrow">
            <Link to="/">{shared.runs}</Link>
            <span aria-hidden="true"> / </span>
            {run}
          </p>
          <h1>{summary?.id === run ? summary.name : run}</h1>
        </div>
        <nav class="parts" aria-label={shared.parts}>
          {(["watch", "explore", "play"] as const).map((each) => (
            <Link key={each} to={partAddress(run, each)} current={each === part}>
              {shared.tabs[each]}
            </Link>
          ))}
        </nav>
      </div>
      {error === null ? (
        <Page key={run} run={run} />
      ) : missing(error) ? (
        <Gone />
      ) : (
        <Failed error={error} again={() => setAttempt(attempt + 1)} />
      )}
    </>
  );
}
