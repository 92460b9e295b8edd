/** How a round went: accuracy with its interval, the discriminator's beside it, and where one was fooled. */
import { useEffect, useState } from "preact/hooks";
import { percent } from "../shared/format";
import { useKeys } from "../shared/keys";
import { wordsOf } from "../shared/http";
import { Button, Failed, Loading } from "../shared/ui";
import { play as texts } from "../texts/play";
import { Sharp } from "./card";
import { ResultsBox } from "./results";
import { chance } from "./round";
import { useStage } from "./stage";
import type { Played } from "./table";
import { type Outcome, outcome } from "./wire";

interface EndingProps {
  run: string;
  played: Played;
  again: () => void;
  change: () => void;
  busy: boolean;
  error: unknown;
}

export function Ending({ run, played, again, change, busy, error }: EndingProps) {
  const [told, setTold] = useState<Outcome | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setTrouble(null);
    outcome(run, played.round.round).then(setTold, setTrouble);
  }, [run, played, attempt]);
  useKeys([{ key: "Enter", words: texts.ending.again, run: again }]);
  const right = played.marks.filter((mark) => mark.verdict.right).length;
  const best = Math.max(0, ...played.marks.map((mark) => mark.verdict.best_streak));
  const box = useStage<HTMLDivElement>("ending");
  return (
    <div ref={box} class="play pl-ending">
      <div class="pl-intro">
        <h2 class="eyebrow">{texts.ending.title}</h2>
        <p class="pl-sentence" aria-live="polite">
          {told !== null ? told.words : trouble === null ? "" : texts.ending.right(right, played.marks.length)}
        </p>
        {best >= 3 ? <p class="quiet">{texts.ending.streak(best)}</p> : null}
      </div>
      {trouble !== null ? <Failed error={trouble} again={() => setAttempt(attempt + 1)} /> : null}
      {told === null ? trouble === null ? <Loading /> : null : <Bars told={told} guess={chance(played.rules)} />}
      <div class="row">
        <Button kind="main" onClick={again}>
          {busy ? texts.setup.starting : texts.ending.again}
        </Button>
        <Button onClick={change}>{texts.ending.change}</Button>
      </div>
      {error === null ? null : (
        <p class="pl-trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
      {told === null ? null : <Galleries told={told} played={played} />}
      <ResultsBox run={run} />
    </div>
  );
}

function Bars({ told, guess }: { told: Outcome; guess: number }) {
  return (
    <figure class="pl-bars">
      <figcaption class="small quiet">{texts.ending.accuracy}</figcaption>
      <IntervalBar name={texts.ending.you} value={told.accuracy} interval={told.interval} guess={guess} kind="you" />
      <IntervalBar name={texts.ending.judge} value={told.judge.accuracy} interval={told.judge.interval} guess={guess} kind="judge" />
      <div class="pl-axis small quiet">
        <div>
          <span style={{ left: `${100 * guess}%` }}>{texts.ending.chance(guess)}</span>
        </div>
      </div>
    </figure>
  );
}

interface BarProps {
  name: string;
  value: number | null;
  interval: readonly [number, number] | null;
  guess: number;
  kind: "you" | "judge";
}

export function IntervalBar({ name, value, interval, guess, kind }: BarProps) {
  if (value === null) return null;
  const told = interval === null ? percent(value) : `${percent(value)} (${percent(interval[0])} – ${percent(interval[1])})`;
  return (
    <div class={`pl-bar ${kind}`}>
      <span class="pl-name">{name}</span>
      <span class="pl-track" role="img" aria-label={`${name}: ${told}`}>
        <i class="pl-guess" style={{ left: `${100 * guess}%` }} />
        {interval === null ? null : (
          <i class="pl-whisker" style={{ left: `${100 * interval[0]}%`, width: `${100 * (interval[1] - interval[0])}%` }} />
        )}
        <i class="pl-dot" style={{ left: `${100 * value}%` }} />
      </span>
      <strong class="pl-value">{percent(value)}</strong>
    </div>
  );
}

interface Exhibit {
  k: number;
  bytes: Uint8Array;
}

/** What was shown in the questions where one was fooled: the forgery itself; and what was denied: the item one named. */
function exhibits(told: Outcome, played: Played, kind: "fooled" | "denied"): Exhibit[] {
  return told[kind].flatMap((k) => {
    const mark = played.marks[k];
    const items = played.items[k];
    if (mark === undefined || items === undefined) return [];
    const truth = typeof mark.verdict.truth === "number" ? mark.verdict.truth : 0;
    const named = typeof mark.answer === "number" ? mark.answer : 0;
    const bytes = items[kind === "fooled" ? truth : named];
    return bytes === undefined ? [] : [{ k, bytes }];
  });
}

function Galleries({ told, played }: { told: Outcome; played: Played }) {
  const words = texts.ending;
  return (
    <div class="pl-galleries">
      <Gallery title={words.fooled} none={words.fooledNone} all={exhibits(told, played, "fooled")} label={words.fooledItem} played={played} kind="forged" />
      <Gallery title={words.denied} none={words.deniedNone} all={exhibits(told, played, "denied")} label={words.deniedItem} played={played} kind="real" />
    </div>
  );
}

interface GalleryProps {
  title: string;
  none: string;
  all: readonly Exhibit[];
  label: (k: number) => string;
  played: Played;
  kind: string;
}

function Gallery({ title, none, all, label, played, kind }: GalleryProps) {
  const { height, width } = played.round.item;
  return (
    <section class={`pl-gallery ${kind}`} aria-label={title}>
      <h3>{all.length === 0 ? none : title}</h3>
      <ul>
        {all.map(({ k, bytes }) => (
          <li key={k}>
            <Sharp bytes={bytes} height={height} width={width} label={label(k)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
