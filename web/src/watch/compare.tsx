/** The curves of several runs in the same charts. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Detail } from "../shared/api";
import { running } from "../shared/api";
import { get, of, wordsOf } from "../shared/http";
import { usePolling } from "../shared/live";
import { Link, setQuery, usePlace, useTitle } from "../shared/router";
import { Empty } from "../shared/ui";
import { shared } from "../texts/shared";
import { compare, runs as listed } from "../texts/watch";
import { Charts } from "./charts";
import { Overlay } from "./page";
import { CurveStore } from "./store";

const SECONDS = 3;
const CURVES = 2500;
const MOST = 12;

export default function ComparePage() {
  const { query } = usePlace();
  const asked = query.get("runs") ?? "";
  const runs = useMemo(() => [...new Set(asked.split(",").filter((run) => run !== ""))].slice(0, MOST), [asked]);
  const store = useMemo(() => new CurveStore([]), []);
  const [told, setTold] = useState<ReadonlyMap<string, Detail | string>>(new Map());
  useTitle(`${compare.title} · ${shared.title}`);
  useEffect(() => () => store.close(), [store]);
  useEffect(() => void store.setRuns(runs).catch(() => undefined), [store, runs]);
  usePolling(() => {
    for (const run of runs) {
      const before = told.get(run);
      if (before !== undefined && typeof before !== "string" && !running(before.state)) continue;
      get<Detail>(of(run)).then(
        (got) => {
          setTold((all) => new Map(all).set(run, got));
          if (before !== undefined && typeof before !== "string" && got.version !== before.version) store.loadSoon(run, CURVES);
        },
        (error) => setTold((all) => new Map(all).set(run, wordsOf(error))),
      );
    }
  }, SECONDS);
  const choose = (chosen: readonly string[]): void => setQuery({ runs: chosen.join(",") });
  return (
    <>
      <div class="page-head">
        <div>
          <p class="eyebrow">
            <Link to="/">{shared.runs}</Link> <span aria-hidden="true">/</span>
          </p>
          <h1>{compare.title}</h1>
          <p class="lead">{compare.lead}</p>
        </div>
        <Overlay run="" over={runs} setOver={choose} />
      </div>
      {runs.length === 0 ? (
        <Empty title={compare.few}>
          <Link to="/" class="button main">
            {shared.toRuns}
          </Link>
        </Empty>
      ) : (
        <>
          <ul class="compared small">
            {runs.map((run) => {
              const one = told.get(run);
              return (
                <li key={run}>
                  <Link to={`/run/${encodeURIComponent(run)}`}>{run}</Link>{" "}
                  <span class="quiet">{one === undefined ? "" : typeof one === "string" ? one : listed.state(one.state)}</span>
                </li>
              );
            })}
          </ul>
          <Charts store={store} several />
        </>
      )}
    </>
  );
}
