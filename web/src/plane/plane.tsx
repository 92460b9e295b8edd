/** The game in the plane: it follows the run, and can be played on from here, one phase at a time. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { aborted, get, of, post, wordsOf } from "../shared/http";
import { useKeys } from "../shared/keys";
import { Button, Check, Failed, Live, Skeleton, toast } from "../shared/ui";
import { plane } from "../texts/watch";
import { Meter } from "../watch/meter";
import { Board } from "./board";
import type { View } from "./drawing";

type Move = "discriminator" | "generator" | "both";

interface Session {
  id: string;
  next: string;
  words: string;
}

interface Playing {
  view: View | null;
  session: Session | null;
  error: unknown;
  /** A move is being made, or moves follow by themselves. */
  busy: boolean;
  auto: boolean;
  begin: () => void;
  end: () => void;
  play: (move: Move, times: number) => void;
  setAuto: (on: boolean) => void;
  again: () => void;
}

const SECONDS = 2;
/** Milliseconds between moves that follow by themselves: slow enough to see each. */
const BREATH = 320;

/** The run's own board, read anew while it trains. */
function useFollowed(run: string, live: boolean, kimg: number, paused: boolean): [View | null, unknown, () => void] {
  const [view, setView] = useState<View | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const due = useRef("");
  due.current = live ? String(kimg) : "ended"; // a run that has ended shows one board, and is read no more
  useEffect(() => {
    if (paused) return undefined;
    const ended = new AbortController();
    let busy = false;
    let seen = "";
    const read = (): void => {
      if (busy || document.hidden || seen === due.current) return;
      busy = true;
      seen = due.current;
      get<View>(of(run, "/plane"), { query: { checkpoint: "newest" }, signal: ended.signal })
        .then(
          (got) => {
            setView((before) => (before !== null && before.step === got.step ? before : got));
            setError(null);
          },
          (reason) => (aborted(reason) ? undefined : setError(reason)),
        )
        .finally(() => (busy = false));
    };
    read();
    const timer = setInterval(read, SECONDS * 1000);
    return () => {
      ended.abort();
      clearInterval(timer);
    };
  }, [run, paused, attempt]);
  return [view, error, () => setAttempt((before) => before + 1)];
}

function usePlaying(run: string, live: boolean, kimg: number): Playing {
  const [session, setSession] = useState<Session | null>(null);
  const [moved, setMoved] = useState<View | null>(null);
  const [busy, setBusy] = useState(false);
  const [auto, setAuto] = useState(false);
  const [followed, error, again] = useFollowed(run, live, kimg, session !== null);
  const fail = (reason: unknown): void => {
    setAuto(false);
    toast(wordsOf(reason), "failed");
  };
  const begin = useCallback(() => {
    setBusy(true);
    post<{ session: string; view: View; phase: string }>(of(run, "/plane/sessions"))
      .then((got) => {
        setMoved(got.view);
        setSession({ id: got.session, next: got.phase, words: got.view.words });
      })
      .catch(fail)
      .finally(() => setBusy(false));
  }, [run]);
  const play = useCallback(
    (move: Move, times: number) => {
      if (session === null || busy) return;
      setBusy(true);
      post<{ view: View; phase: string; words: string }>(of(run, `/plane/sessions/${encodeURIComponent(session.id)}/step`), { phase: move, times })
        .then((got) => {
          setMoved(got.view);
          setSession((now) => (now === null ? null : { ...now, next: got.phase, words: got.words }));
        })
        .catch(fail)
        .finally(() => setBusy(false));
    },
    [run, session, busy],
  );
  useEffect(() => {
    if (!auto || busy || session === null) return undefined;
    const timer = setTimeout(() => play("both", 1), BREATH);
    return () => clearTimeout(timer);
  }, [auto, busy, session]);
  const end = (): void => {
    setAuto(false);
    setSession(null);
    setMoved(null);
  };
  return { view: moved ?? followed, session, error, busy, auto, begin, end, play, setAuto, again };
}

interface PlaneProps {
  run: string;
  live: boolean;
  kimg: number;
  /** Shown beside while the run is followed. */
  aside: ComponentChildren;
}

export function Plane({ run, live, kimg, aside }: PlaneProps) {
  const playing = usePlaying(run, live, kimg);
  const { view, session, error, busy, begin, again } = playing;
  if (view === null) return error === null ? <Skeleton class="skeleton-stage" /> : <Failed error={error} again={again} />;
  return (
    <div class="split plane">
      <Board view={view} />
      <div class="plane-words">
        {session === null ? (
          <>
            {aside}
            <div class="panel from-here">
              <Meter apart={view.told_apart} />
              <p class="small">{view.words}</p>
              <p class="small quiet">{plane.at(view.kimg, view.step)}</p>
              <Button kind="main" onClick={begin} disabled={busy}>
                {plane.from}
              </Button>
              <p class="small quiet">{plane.fromWords}</p>
            </div>
          </>
        ) : (
          <Moves playing={playing} session={session} view={view} />
        )}
      </div>
    </div>
  );
}

/** Says which of two moves comes next in the game. */
function Due({ on }: { on: boolean }) {
  return on ? <span class="due">{plane.due}</span> : null;
}

function Moves({ playing, session, view }: { playing: Playing; session: Session; view: View }) {
  const { play, auto, setAuto, end } = playing;
  const [ten, setTen] = useState(false);
  const times = ten ? 10 : 1;
  useKeys([
    { key: "1", words: plane.oneKey, run: () => play("discriminator", times) },
    { key: "2", words: plane.twoKey, run: () => play("generator", times) },
    { key: "b", words: plane.bothKey, run: () => setAuto(!auto) },
  ]);
  return (
    <section class="moves" aria-labelledby="moves">
      <h2 id="moves">{plane.session}</h2>
      <div class="move-buttons">
        <Button class="move detective" onClick={() => play("discriminator", times)} disabled={auto}>
          {plane.one} <Due on={session.next === "discriminator"} />
        </Button>
        <Button class="move forger" onClick={() => play("generator", times)} disabled={auto}>
          {plane.two} <Due on={session.next === "generator"} />
        </Button>
      </div>
      <div class="row apart">
        <Check label={plane.ten} checked={ten} onChange={setTen} />
        <Button pressed={auto} onClick={() => setAuto(!auto)}>
          {auto ? plane.halt : plane.auto}
        </Button>
      </div>
      <Live words={auto ? "" : session.words} />
      <div class="panel move-told">
        <Meter apart={view.told_apart} />
        <p>{session.words}</p>
        <p class="small quiet">{plane.scores(view.real_score, view.fake_score)}</p>
        <p class="small quiet">{plane.at(view.kimg, view.step)}</p>
      </div>
      <Button kind="quiet" onClick={end}>
        {plane.back}
      </Button>
    </section>
  );
}
