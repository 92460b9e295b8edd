/** The list of runs: pictures, state, health and score, kept up to date. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Summary } from "../shared/api";
import { kSamples, percent, withError } from "../shared/format";
import { get } from "../shared/http";
import { useKeys } from "../shared/keys";
import { usePolling } from "../shared/live";
import { go, Link, setQuery, usePlace, useTitle } from "../shared/router";
import { Button, Check, Empty, Failed, Field, Live, Select, Skeleton, Tabs } from "../shared/ui";
import { shared } from "../texts/shared";
import { runs as words } from "../texts/watch";
import { chosen, rowsInView, type Order, type Shown } from "./model";

/** So many are asked for first, so that something is there at once; then so many at a time. */
const FIRST = 24;
const PAGE = 100;
/** Of many, each tenth reading is of all. */
const EVERY = 10;
const SECONDS = 3;
/** CSS pixels: a card's height and its gap; rows out of view are left out, so it is fixed. */
const CARD = 324;
const WIDE = 268;
const GAP = 24;

interface Listed {
  runs: readonly Summary[] | null;
  /** How many there are; more than `runs` while they are being read. */
  total: number;
  error: unknown;
  again: () => void;
}

/** All runs, page by page. Of many, later readings ask only for the newest page, which holds what trains. */
function useRuns(): Listed {
  const [runs, setRuns] = useState<readonly Summary[] | null>(null);
  const [total, setTotal] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const busy = useRef(false);
  const looks = useRef(0);
  const read = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const look = looks.current++;
      const whole = look % EVERY === 0;
      const limit = look === 0 ? FIRST : PAGE;
      const first = await get<{ total: number; runs: Summary[] }>("/runs", { query: { offset: 0, limit } });
      const found = new Map(first.runs.map((run) => [run.id, run]));
      setTotal(first.total);
      if (look === 0) setRuns([...found.values()]);
      for (let offset = limit; whole && offset < first.total; offset += PAGE) {
        const more = await get<{ runs: Summary[] }>("/runs", { query: { offset, limit: PAGE } });
        for (const run of more.runs) found.set(run.id, run);
        if (look === 0) setRuns([...found.values()]);
      }
      setRuns((before) => (whole || before === null ? [...found.values()] : merged(before, found)));
      setError(null);
    } catch (reason) {
      setError(reason);
    } finally {
      busy.current = false;
    }
  }, []);
  usePolling(() => void read(), SECONDS);
  return { runs, total, error, again: () => void read() };
}

function merged(before: readonly Summary[], found: ReadonlyMap<string, Summary>): Summary[] {
  const known = new Set(before.map((run) => run.id));
  return [...[...found.values()].filter((run) => !known.has(run.id)), ...before.map((run) => found.get(run.id) ?? run)];
}

export default function RunsPage() {
  const { runs, total, error, again } = useRuns();
  useTitle(shared.title);
  if (runs === null) return error === null ? <Waiting /> : <Failed error={error} again={again} />;
  return (
    <>
      {error === null ? null : (
        <p class="lost small" role="alert">
          {shared.lost}
        </p>
      )}
      {runs.length === 0 ? <NoRuns /> : <List runs={runs} total={total} />}
    </>
  );
}

function List({ runs, total }: { runs: readonly Summary[]; total: number }) {
  const { query } = usePlace();
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const search = useRef<HTMLInputElement>(null);
  const sought = query.get("q") ?? "";
  const shown = (query.get("show") ?? "all") as Shown;
  const order = (query.get("sort") ?? "newest") as Order;
  const found = useMemo(() => chosen(runs, sought, shown, order), [runs, sought, shown, order]);
  const tick = useCallback((id: string, on: boolean) => setTicked((all) => (on ? [...all, id] : all.filter((each) => each !== id))), []);
  useKeys([{ key: "/", words: words.searchKey, run: () => search.current?.focus() }]);
  const live = runs.filter((run) => run.state === "training").length;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>{words.title}</h1>
          <p class="lead">{words.lead(total, live)}</p>
        </div>
        <div class="row filters">
          <Field label={words.search} hideLabel>
            <input
              ref={search}
              type="search"
              placeholder={words.searchHint}
              value={sought}
              onInput={(event) => setQuery({ q: event.currentTarget.value || null })}
            />
          </Field>
          <Tabs
            label={words.show}
            choices={(["all", "live", "done", "trouble"] as const).map((value) => ({ value, words: words.shown[value] }))}
            chosen={shown}
            choose={(value) => setQuery({ show: value === "all" ? null : value })}
          />
          <Select
            label={words.sort}
            hideLabel
            value={order}
            choices={(["newest", "score", "name", "progress"] as const).map((value) => ({ value, words: words.order[value] }))}
            choose={(value) => setQuery({ sort: value === "newest" ? null : value })}
          />
        </div>
      </div>
      <Live words={words.listed(found.length)} />
      {found.length === 0 ? (
        <Empty title={words.none}>
          <Button onClick={() => setQuery({ q: null, show: null })}>{words.clear}</Button>
        </Empty>
      ) : (
        <Cards runs={found} ticked={ticked} tick={tick} />
      )}
      {ticked.length === 0 ? null : (
        <div class="compare-bar" role="region" aria-label={words.compare(ticked.length)}>
          <Button kind="main" disabled={ticked.length < 2} onClick={() => go(`/compare?runs=${ticked.map(encodeURIComponent).join(",")}`)}>
            {words.compare(ticked.length)}
          </Button>
          <Button kind="quiet" onClick={() => setTicked([])}>
            {words.untick}
          </Button>
        </div>
      )}
    </>
  );
}

/** Words of the doctor that need no mention in a list. */
const QUIET = ["healthy", "unwatched", "not known", "unread"];

interface CardsProps {
  runs: readonly Summary[];
  ticked: readonly string[];
  tick: (id: string, on: boolean) => void;
}

interface View {
  columns: number;
  width: number;
  first: number;
  until: number;
}

/** Cards in rows; only the rows in view are in the page, however many runs there are. */
function Cards({ runs, ticked, tick }: CardsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ columns: 4, width: WIDE, first: 0, until: 4 });
  useEffect(() => {
    const own = box.current;
    if (own === null) return undefined;
    const look = (): void => {
      const columns = Math.max(1, Math.floor((own.clientWidth + GAP) / (WIDE + GAP)));
      const width = (own.clientWidth - GAP * (columns - 1)) / columns;
      const rows = Math.ceil(runs.length / columns);
      const [first, until] = rowsInView(-own.getBoundingClientRect().top, innerHeight, CARD + GAP, rows);
      setView((before) =>
        before.columns === columns && before.first === first && before.until === until && before.width === width
          ? before
          : { columns, width, first, until },
      );
    };
    look();
    const sized = new ResizeObserver(look);
    sized.observe(own);
    window.addEventListener("scroll", look, { passive: true });
    return () => {
      sized.disconnect();
      window.removeEventListener("scroll", look);
    };
  }, [runs.length]);
  const { columns, first, until, width } = view;
  const rows = Math.ceil(runs.length / columns);
  const shown = runs.slice(first * columns, until * columns);
  return (
    <div class="cards" ref={box} role="list" style={{ height: `${rows * (CARD + GAP)}px` }}>
      {shown.map((run, at) => {
        const place = first * columns + at;
        const style = {
          transform: `translate(${(place % columns) * (width + GAP)}px, ${Math.floor(place / columns) * (CARD + GAP)}px)`,
          width: `${width}px`,
          height: `${CARD}px`,
        };
        return (
          <div key={run.id} class="card" role="listitem" style={style} aria-setsize={runs.length} aria-posinset={place + 1}>
            <Card run={run} ticked={ticked.includes(run.id)} tick={tick} />
          </div>
        );
      })}
    </div>
  );
}

function Card({ run, ticked, tick }: { run: Summary; ticked: boolean; tick: CardsProps["tick"] }) {
  const { score } = run;
  const training = run.state === "training" || run.state === "paused";
  return (
    <>
      <Link to={`/run/${encodeURIComponent(run.id)}`} class="card-link">
        <Thumb run={run} />
        <h2>{run.name}</h2>
        <p class="small quiet card-id">
          {run.id} · {run.recipe}
        </p>
      </Link>
      <p class="row card-state">
        <span class={`badge ${run.state.replaceAll(" ", "-")}`}>{words.state(run.state)}</span>
        {QUIET.includes(run.health.word) ? null : (
          <span class={`badge ${run.health.word.replace(" ", "-")}`} title={run.health.words}>
            {run.health.word}
          </span>
        )}
      </p>
      <p class="card-foot small quiet">
        {training ? (
          <progress class="progress" max={1} value={run.progress} aria-label={words.progress(run.kimg, run.total_kimg)}>
            {percent(run.progress)}
          </progress>
        ) : null}
        <span>{training ? words.progress(run.kimg, run.total_kimg) : kSamples(run.kimg)}</span>
        {training ? null : <span class="score">{score === null ? words.noScore : `${words.score} ${withError(score.value, score.error)}`}</span>}
      </p>
      <div class="card-tick">
        <Check label={words.tick(run.id)} hideLabel checked={ticked} onChange={(on) => tick(run.id, on)} />
      </div>
    </>
  );
}

/** Halves stay sharp too, as pictures of few pixels are written enlarged. */
const TIMES = [0.25, 0.5, 1, 2, 4, 8];

/** Pixels in whole multiples, cut at the card's edge; drawings of points whole. */
function Thumb({ run }: { run: Summary }) {
  const image = useRef<HTMLImageElement>(null);
  const fit = (): void => {
    const own = image.current;
    if (own === null || own.naturalWidth === 0 || !run.singly) return;
    const room = own.parentElement?.clientWidth ?? WIDE;
    const device = room * devicePixelRatio;
    const times = TIMES.find((each) => own.naturalWidth * each >= device) ?? 8;
    own.style.width = `${(own.naturalWidth * times) / devicePixelRatio}px`;
    own.style.imageRendering = times < 1 ? "auto" : "pixelated";
  };
  return (
    <span class={`thumb ${run.singly ? "crisp" : "whole"}`}>
      {run.picture === null ? (
        <span class="small quiet">{words.noPicture}</span>
      ) : (
        <img ref={image} src={run.picture} alt={words.picture(run.id)} onLoad={fit} decoding="async" />
      )}
    </span>
  );
}

function NoRuns() {
  return (
    <Empty title={words.empty}>
      <h1 class="hidden">{words.title}</h1>
      <p>{words.emptyLead}</p>
      <pre>
        <code>{words.emptyCommands}</code>
      </pre>
      <p class="small quiet">
        {words.emptyHints} {words.emptyAfter}
      </p>
    </Empty>
  );
}

function Waiting() {
  return (
    <div aria-busy="true">
      <div class="page-head">
        <h1>{words.title}</h1>
      </div>
      <p class="hidden" role="status">
        {shared.loading}
      </p>
      <div class="skeleton-cards">
        {[0, 1, 2, 3].map((at) => (
          <Skeleton key={at} class="skeleton-card" />
        ))}
      </div>
    </div>
  );
}
