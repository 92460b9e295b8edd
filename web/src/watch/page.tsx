/** Watch: one run as it learns, or as it learned. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Plane } from "../plane/plane";
import type { Changed, Detail, Summary } from "../shared/api";
import { running } from "../shared/api";
import { Gone } from "../shared/gone";
import { aborted, address, get, missing, of } from "../shared/http";
import { useInView, useLive } from "../shared/live";
import { Paced } from "../shared/paced";
import { Failed, Live, Loading, Select, Skeleton, Tabs } from "../shared/ui";
import { shared } from "../texts/shared";
import { happening, runs as listed, watch } from "../texts/watch";
import { Charts } from "./charts";
import { Controls } from "./controls";
import { Facts, Happening, SignList, StatusLine } from "./panels";
import { Stage } from "./stage";
import { CurveStore } from "./store";

/** Milliseconds between two readings of a run that changes all the time; what an event tells is shown at once. */
const OFTEN = 2500;
/** Milliseconds between two readings of curves that are in view, and of those that only the words beside the pictures use. */
const CURVES = 2500;
const UNSEEN = 10_000;

interface Watched {
  detail: Detail | null;
  error: unknown;
  lost: boolean;
  /** How far the run is, at once as it is told. */
  now: Changed | null;
  again: () => void;
}

/** The run's detail, read again where more has happened than it tells; `changed` is called with the version told. */
function useWatched(run: string, changed: (version: number) => void): Watched {
  const [detail, setDetail] = useState<Detail | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [now, setNow] = useState<Changed | null>(null);
  const known = useRef<Detail | null>(null);
  const paced = useMemo(() => {
    const read = (): Promise<void> =>
      get<Detail>(of(run)).then(
        (got) => {
          known.current = got;
          setDetail(got);
          setError(null);
        },
        (reason: unknown) => (aborted(reason) ? undefined : setError(reason)),
      );
    return new Paced(read);
  }, [run]);
  useEffect(() => {
    paced.soon(0);
    return () => paced.close();
  }, [paced]);
  const gone = missing(error);
  const connection = useLive<Changed>(gone ? null : address(of(run, "/events")), "changed", (told) => {
    setNow(told);
    changed(told.version);
    if (known.current === null || tellsMore(told, known.current)) paced.soon(known.current?.state === told.state ? OFTEN : 0);
  });
  useEffect(() => {
    if (connection === "lost") paced.soon(0); // a stream does not say why it ended: the run may be gone
  }, [connection, paced]);
  useEffect(() => {
    if (gone) paced.close();
  }, [gone, paced]);
  const again = useCallback(() => paced.soon(0), [paced]);
  return { detail, error, lost: connection === "lost", now, again };
}

/** Whether an event tells of more than was read: each reading brings the whole run, so it must be worth it. */
function tellsMore(told: Changed, known: Detail): boolean {
  const picture = known.frames.at(-1)?.url ?? null;
  return told.version !== known.version || told.state !== known.state || told.frame !== picture;
}

/** What was read last, brought up to what was told since. */
function standing(detail: Detail, now: Changed | null): Detail {
  if (now === null || now.version <= detail.version) return detail;
  return { ...detail, kimg: now.kimg, state: now.state, reach_kimg: Math.max(detail.reach_kimg, detail.reach_kimg + now.kimg - detail.kimg) };
}

interface LiveCurves {
  store: CurveStore;
  changed: (version: number) => void;
  /** Told whether they are in view: what is not is read less often. */
  seen: (is: boolean) => void;
}

/** The store of a run's curves and of those laid over them, told when the run has changed. */
function useCurves(run: string, over: readonly string[]): LiveCurves {
  const store = useMemo(() => new CurveStore([run]), [run]);
  useEffect(() => () => store.close(), [store]);
  useEffect(() => {
    store.setRuns([run, ...over]).catch(() => undefined);
  }, [store, run, over]);
  const inView = useRef(true);
  const newest = useRef(-1);
  const changed = useCallback(
    (version: number) => {
      if (version === newest.current) return;
      newest.current = version;
      store.loadSoon(run, inView.current ? CURVES : UNSEEN);
    },
    [store, run],
  );
  const seen = useCallback(
    (is: boolean) => {
      inView.current = is;
      if (is) store.hurry(run, CURVES);
    },
    [store, run],
  );
  return { store, changed, seen };
}

export default function WatchPage({ run }: { run: string }) {
  const [over, setOver] = useState<readonly string[]>([]);
  const { store, changed, seen } = useCurves(run, over);
  const { detail, error, lost, now, again } = useWatched(run, changed);
  const box = useInView(seen, detail !== null);
  if (missing(error)) return <Gone />;
  if (detail === null) return error === null ? <Waiting /> : <Failed error={error} again={again} />;
  const current: Detail = standing(detail, now);
  return (
    <>
      {lost ? (
        <p class="lost small" role="alert">
          {shared.lost}
        </p>
      ) : null}
      <Live words={listed.state(current.state)} />
      <div class="row apart status">
        <StatusLine detail={current} />
        <Controls run={run} detail={current} changed={again} />
      </div>
      {current.state === "failed" || current.state === "not finite" ? <Trouble detail={current} /> : null}
      <Look run={run} detail={current} store={store} />
      <section class="curves" aria-labelledby="curves" ref={box}>
        <div class="row apart">
          <h2 id="curves">{watch.curves}</h2>
          <Overlay run={run} over={over} setOver={setOver} />
        </div>
        <Charts store={store} signs={detail.signs} several={over.length > 0} />
      </section>
      <div class="below">
        <SignList signs={detail.signs} />
        <Facts detail={detail} />
      </div>
    </>
  );
}

/** Pictures, or the game in the plane, with words beside them. */
function Look({ run, detail, store }: { run: string; detail: Detail; store: CurveStore }) {
  const [view, setView] = useState<"game" | "samples">("game");
  const inPlane = detail.plane && detail.ready;
  return (
    <section class="look" aria-label={inPlane && view === "game" ? watch.game : watch.samples}>
      {inPlane ? (
        <Tabs
          label={watch.view}
          choices={[
            { value: "game", words: watch.game },
            { value: "samples", words: watch.samples },
          ]}
          chosen={view}
          choose={setView}
        />
      ) : null}
      {inPlane && view === "game" ? (
        <Plane run={run} live={running(detail.state)} kimg={detail.kimg} aside={<Happening detail={detail} store={store} brief />} />
      ) : (
        <div class="split">
          <Stage frames={detail.frames} live={running(detail.state)} crisp={detail.singly} />
          <Happening detail={detail} store={store} />
        </div>
      )}
    </section>
  );
}

function Trouble({ detail }: { detail: Detail }) {
  return (
    <div class="state failed">
      <p>{watch.failed}</p>
      <pre>
        <code>ganforge train --resume {detail.id}</code>
      </pre>
    </div>
  );
}

interface OverlayProps {
  run: string;
  over: readonly string[];
  setOver: (runs: readonly string[]) => void;
}

/** Other runs to lay over the curves. */
export function Overlay({ run, over, setOver }: OverlayProps) {
  const [others, setOthers] = useState<readonly Summary[]>([]);
  useEffect(() => {
    const ended = new AbortController();
    get<{ runs: Summary[] }>("/runs", { query: { limit: 100 }, signal: ended.signal }).then(
      (got) => setOthers(got.runs),
      () => undefined,
    );
    return () => ended.abort();
  }, [run]);
  const left = others.filter((each) => each.id !== run && !over.includes(each.id));
  return (
    <div class="row overlay">
      {over.map((each) => (
        <button key={each} type="button" class="chip" onClick={() => setOver(over.filter((id) => id !== each))} aria-label={watch.overlayRemove(each)}>
          {each} <span aria-hidden="true">×</span>
        </button>
      ))}
      {left.length === 0 ? null : (
        <Select
          label={watch.overlay}
          hideLabel
          value=""
          choices={[{ value: "", words: `${watch.overlay} …` }, ...left.map((each) => ({ value: each.id, words: each.id }))]}
          choose={(id) => (id === "" ? undefined : setOver([...over, id]))}
        />
      )}
    </div>
  );
}

function Waiting() {
  return (
    <div aria-busy="true">
      <Loading words={shared.loading} />
      <div class="split">
        <Skeleton class="skeleton-stage" />
        <div>
          <p class="hidden">{happening.title}</p>
          <Skeleton class="skeleton-words" />
        </div>
      </div>
    </div>
  );
}
