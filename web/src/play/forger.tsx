/** The forger's game: a picture or points, and what the judge makes of them while they grow. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { NotYet } from "../explore/page";
import { Newest } from "../explore/newest";
import { HttpError } from "../shared/http";
import { useKeys } from "../shared/keys";
import { Button, Failed, Loading } from "../shared/ui";
import { play as texts } from "../texts/play";
import { shared } from "../texts/shared";
import { Plane } from "./plane";
import { sceneOf } from "./scene";
import { RowsPad } from "./rows";
import { Studio } from "./studio";
import { VerdictBox } from "./verdict";
import { type Judge, judge as askJudge, judgeFile, judgeRows, judgeSheet, type Judgement } from "./wire";
import type { Sheet } from "./paper";

/** What is handed to the judge; null: nothing, the paper is empty. */
export type Work = { readonly sheet: Sheet } | { readonly rows: readonly (readonly number[])[] } | { readonly file: Blob } | null;

export interface Trial {
  readonly judgement: Judgement | null;
  /** What was judged. */
  readonly of: Work;
  readonly busy: boolean;
  readonly error: unknown;
  /** Realness of the best work so far; null before the first. */
  readonly best: number | null;
}

/** Milliseconds without a stroke before the judge is asked. */
const REST = 150;
/** Milliseconds between looks at a judge that is being built. */
const AGAIN = 700;

export function Forger({ run, leave }: { run: string; leave: () => void }) {
  const { judge, error, again } = useJudge(run);
  const notYet = error instanceof HttpError && error.status === 409;
  return (
    <div class="play">
      <Button kind="quiet" class="pl-back" onClick={leave}>
        <span aria-hidden="true">←</span> {texts.back}
      </Button>
      <h2 class="pl-title">{texts.roles.forger.title}</h2>
      {notYet ? <NotYet run={run} words={error.message || shared.notReady} title={texts.notYet} link={texts.watchIt} /> : null}
      {error !== null && !notYet ? <Failed error={error} again={again} /> : null}
      {judge === null ? error === null ? <Loading words={texts.loading} /> : null : null}
      {judge === null ? null : <Bench run={run} judge={judge} />}
    </div>
  );
}

function Preparing({ judge }: { judge: Judge }) {
  return (
    <section class="pl-preparing">
      <h3>{texts.forger.preparing}</h3>
      <p class="quiet">{judge.words}</p>
      <progress class="progress" max={1} value={judge.progress} aria-label={texts.forger.preparing} />
      <p class="small quiet">{texts.forger.preparingWords}</p>
    </section>
  );
}

function Bench({ run, judge }: { run: string; judge: Judge }) {
  const { trial, hand } = useTrial(run, judge.ready);
  const [heatOn, setHeatOn] = useState(true);
  const { item } = judge;
  // Told anew at every look at the judge, but the same: paper must not be laid anew under a drawing
  const scene = useMemo(() => sceneOf(judge), [run, judge.paper?.join(), judge.bounds?.join()]);
  useKeys([{ key: "h", words: texts.keys.heat, run: () => setHeatOn(!heatOn) }]);
  const words = judge.singly ? texts.roles.forger.words : texts.forger.pointsHint;
  return (
    <>
      <p class="lead">{words}</p>
      <div class="pl-bench">
        {judge.singly ? (
          <Studio item={item} ground={scene.ground} hand={hand} trial={trial} heatOn={heatOn} />
        ) : scene.frame !== null ? (
          <Plane columns={judge.columns} frame={scene.frame} most={judge.most} each={trial.judgement?.each ?? null} hand={hand} />
        ) : (
          <RowsPad columns={judge.columns} most={judge.most} hand={hand} />
        )}
        {judge.ready ? <VerdictBox trial={trial} passesFrom={judge.passes_from} heatOn={heatOn} setHeat={setHeatOn} /> : <Preparing judge={judge} />}
      </div>
    </>
  );
}

function useJudge(run: string): { judge: Judge | null; error: unknown; again: () => void } {
  const [judge, setJudge] = useState<Judge | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let heard = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    askJudge(run).then(
      (told) => {
        if (!heard) return;
        setJudge(told);
        setError(null);
        if (!told.ready) timer = setTimeout(() => setAttempt(attempt + 1), AGAIN);
      },
      (reason: unknown) => heard && setError(reason),
    );
    return () => {
      heard = false;
      clearTimeout(timer);
    };
  }, [run, attempt]);
  return { judge, error, again: () => setAttempt(attempt + 1) };
}

const NOTHING: Trial = { judgement: null, of: null, busy: false, error: null, best: null };

/**
 * Hands works to the judge: when the hand rests, one at a time, and of those waiting only the newest. What is made
 * before there is a judge waits for it.
 */
function useTrial(run: string, ready: boolean): { trial: Trial; hand: (work: Work) => void } {
  const [trial, setTrial] = useState<Trial>(NOTHING);
  const waiting = useRef<Newest<Exclude<Work, null>, Judgement> | null>(null);
  const newest = useMemo(
    () =>
      new Newest<Exclude<Work, null>, Judgement>((work) => judged(run, work), {
        done: (judgement, of) =>
          setTrial((before) => {
            const best = Math.max(before.best ?? 0, judgement.realness);
            return { judgement, of, best, busy: waiting.current?.waits ?? false, error: null };
          }),
        failed: (error) => setTrial((before) => ({ ...before, busy: waiting.current?.waits ?? false, error })),
      }, REST),
    [run],
  );
  waiting.current = newest;
  useEffect(() => () => newest.close(), [newest]);
  const made = useRef<Work>(null);
  const there = useRef(ready);
  there.current = ready;
  const hand = useMemo(
    () =>
      (work: Work): void => {
        made.current = work;
        if (!there.current) return;
        if (work === null) {
          newest.drop();
          setTrial((before) => ({ ...NOTHING, best: before.best }));
          return;
        }
        setTrial((before) => ({ ...before, busy: true }));
        newest.ask(work);
      },
    [newest],
  );
  useEffect(() => {
    if (ready && made.current !== null) hand(made.current);
  }, [ready, hand]);
  return { trial, hand };
}

function judged(run: string, work: Exclude<Work, null>): Promise<Judgement> {
  if ("sheet" in work) return judgeSheet(run, work.sheet);
  return "rows" in work ? judgeRows(run, work.rows) : judgeFile(run, work.file);
}
