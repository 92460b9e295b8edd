/** A round on the table: items, answers, the truth, and the score of both players. */
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { wordsOf } from "../shared/http";
import { useKeys } from "../shared/keys";
import { Ask, Button, Check } from "../shared/ui";
import { play as texts } from "../texts/play";
import { Card, type Stamp } from "./card";
import { Clock } from "./clock";
import { Confetti } from "./confetti";
import { answered, seen } from "./asking";
import { after, answerOf, type Answer, dealt, joy, laid, last, type Mark, type Rules, type Table, type Verdict } from "./round";
import { useStage } from "./stage";
import { toldOf } from "./told";
import { deal, type Item, type Round } from "./wire";

/** A round that is over, with what was shown. */
export interface Played {
  readonly round: Round;
  readonly rules: Rules;
  readonly marks: readonly Mark[];
  /** Raw pixels of each question's items. */
  readonly items: readonly (readonly Uint8Array[])[];
}

interface TableProps {
  run: string;
  round: Round;
  over: (played: Played) => void;
  leave: () => void;
}

/** Milliseconds between a right answer and the next question. */
const LOOK = 1100;

export function RoundTable({ run, round, over, leave }: TableProps) {
  const rules: Rules = { mode: round.mode, questions: round.questions, choices: round.mode === "one" ? 1 : round.choices, seconds: round.seconds };
  const [table, happen] = useReducer(after, rules, laid);
  const [goOn, setGoOn] = useState(true);
  const [asking, setAsking] = useState(false);
  const began = useRef(0);
  const shown = useRef<(readonly Uint8Array[])[]>([]);
  useDealing(run, round, table, (items) => {
    shown.current[table.k] = items;
    began.current = performance.now();
    happen({ what: "dealt", k: table.k, items });
  }, (words) => happen({ what: "failed", words }));
  useSending(run, round, table, began, (verdict) => happen({ what: "judged", k: table.k, verdict }), (words) => happen({ what: "failed", words }));
  const next = (): void => happen({ what: "next" });
  const right = table.phase === "answered" && last(table)?.verdict.right === true;
  useEffect(() => {
    if (!right || !goOn || asking) return undefined;
    const timer = setTimeout(next, LOOK);
    return () => clearTimeout(timer);
  }, [right, goOn, asking, table.k]);
  useEffect(() => {
    if (table.phase === "over") over({ round, rules, marks: table.marks, items: shown.current });
  }, [table.phase]);
  useRoundKeys(table, (answer) => happen({ what: "answered", answer }), next, () => setAsking(true));
  const answer = (given: Answer): void => happen({ what: "answered", answer: given });
  const stage = table.phase === "answered" || table.phase === "broken" ? table.phase : "asking";
  const box = useStage<HTMLDivElement>(`${table.k} ${stage}`);
  return (
    <div ref={box} class={`play pl-table ${table.phase}`}>
      <Head table={table} leave={() => setAsking(true)} />
      {rules.seconds === null ? null : (
        <Clock key={table.k} seconds={rules.seconds} running={table.phase === "asking"} out={() => answer(null)} />
      )}
      <h2 class="pl-question">{rules.mode === "one" ? texts.table.item : texts.table.several(rules.choices)}</h2>
      <Cards table={table} item={round.item} answer={answer} />
      <Foot table={table} answer={answer} next={next} retry={() => happen({ what: "retry" })} />
      <div class="pl-goon">
        <Check label={texts.table.goOn} checked={goOn} onChange={setGoOn} />
      </div>
      <Ask
        title={texts.table.ask}
        words={texts.table.askWords}
        yes={texts.table.leave}
        open={asking}
        answer={(yes) => {
          setAsking(false);
          if (yes) leave();
        }}
      />
    </div>
  );
}

/** Fetches what a question shows; the next question's while one still looks at the truth of this one. */
function useDealing(run: string, round: Round, table: Table, arrived: (items: readonly Uint8Array[]) => void, failed: (words: string) => void): void {
  const ahead = useRef<{ k: number; bytes: Promise<Uint8Array> } | null>(null);
  const { k, phase, rules } = table;
  useEffect(() => {
    if (phase === "answered" && k + 1 < rules.questions) {
      const bytes = deal(run, round.round, k + 1);
      bytes.catch(() => undefined); // told when the question is due
      ahead.current = { k: k + 1, bytes };
    }
    if (phase !== "dealing") return undefined;
    let heard = true;
    const bytes = ahead.current?.k === k ? ahead.current.bytes : deal(run, round.round, k);
    ahead.current = null;
    bytes.then((told) => heard && arrived(dealt(told, rules.choices))).catch((reason: unknown) => heard && failed(wordsOf(reason)));
    return () => {
      heard = false;
    };
  }, [k, phase]);
}

/** Answers, once the server knows when the question was on the screen: it may have been fetched long before. */
function useSending(
  run: string,
  round: Round,
  table: Table,
  began: { current: number },
  judged: (verdict: Verdict) => void,
  failed: (words: string) => void,
): void {
  const { k, phase, answer } = table;
  const known = useRef<Promise<void>>(Promise.resolve());
  useEffect(() => {
    if (phase === "asking") known.current = seen(run, round.round, k);
  }, [k, phase]);
  useEffect(() => {
    if (phase !== "sending" || answer === undefined) return undefined;
    let heard = true;
    const seconds = Math.max(0, Math.round(performance.now() - began.current) / 1000);
    known.current.then(() => answered(run, round.round, k, answer, Math.min(seconds, 3600))).then(
      (verdict) => heard && judged(verdict),
      (reason: unknown) => heard && failed(wordsOf(reason)),
    );
    return () => {
      heard = false;
    };
  }, [k, phase]);
}

function useRoundKeys(table: Table, answer: (answer: Answer) => void, next: () => void, leave: () => void): void {
  const { rules } = table;
  const press = (key: string): void => {
    const given = answerOf(rules, key);
    if (table.phase === "answered") next();
    else if (given !== undefined) answer(given);
  };
  const of = (key: string, words: string) => ({ key, words, run: () => press(key) });
  const answers =
    rules.mode === "one"
      ? [of("r", texts.keys.real), of("f", texts.keys.forged), of("ArrowLeft", texts.keys.real), of("ArrowRight", texts.keys.forged)]
      : Array.from({ length: rules.choices }, (_, k) => of(`${k + 1}`, texts.keys.pick(k)));
  const onwards = (key: string) => ({ key, words: texts.keys.next, run: () => table.phase === "answered" && next() });
  useKeys([...answers, onwards("Enter"), onwards(" "), { key: "Escape", words: texts.table.leave, run: leave }]);
}

function Head({ table, leave }: { table: Table; leave: () => void }) {
  const { marks, rules, k } = table;
  const done = marks.length;
  const yours = marks.filter((mark) => mark.verdict.right).length;
  const judges = marks.filter((mark) => mark.verdict.judge.right).length;
  const streak = last(table)?.verdict.streak ?? 0;
  return (
    <div class="pl-head">
      <Button kind="quiet" class="pl-back" onClick={leave}>
        <span aria-hidden="true">×</span> {texts.table.leave}
      </Button>
      <div class="pl-pips" role="img" aria-label={texts.table.question(k, rules.questions)}>
        {Array.from({ length: rules.questions }, (_, i) => {
          const mark = marks[i];
          const kind = mark === undefined ? (i === k ? "now" : "") : mark.verdict.right ? "right" : "wrong";
          return <i key={i} class={kind} />;
        })}
      </div>
      <p class="pl-scores">
        <span>
          {texts.table.you} <strong>{texts.table.score(yours, done)}</strong>
        </span>
        <span>
          {texts.table.judge} <strong>{texts.table.score(judges, done)}</strong>
        </span>
        <span class={`pl-streak ${streak >= 3 ? "hot" : ""}`} key={streak}>
          {streak >= 2 ? texts.table.streak(streak) : ""}
        </span>
      </p>
    </div>
  );
}

interface CardsProps {
  table: Table;
  item: Item;
  answer: (answer: Answer) => void;
}

function Cards({ table, item, answer }: CardsProps) {
  const { rules, items, phase, k } = table;
  const verdict = phase === "answered" ? (last(table)?.verdict ?? null) : null;
  const places = Array.from({ length: rules.choices }, (_, i) => i);
  return (
    <div class={`pl-cards of-${rules.choices}`} aria-busy={phase === "dealing"}>
      {places.map((i) => (
        <Card
          key={`${k}-${i}`}
          bytes={phase === "dealing" ? null : (items[i] ?? null)}
          item={item}
          label={texts.table.card(i)}
          number={rules.mode === "one" ? null : i + 1}
          chosen={table.answer === i}
          stamp={verdict === null ? null : stampOf(verdict, i)}
          {...(rules.mode === "one" ? {} : { pick: () => answer(i), pickLabel: texts.table.pick(i) })}
        />
      ))}
      {verdict !== null && joy(verdict.streak) > 0 && verdict.right ? <Confetti much={joy(verdict.streak)} /> : null}
    </div>
  );
}

/** The truth on a card: of one it is its own, of several only the forgery is stamped. */
function stampOf(verdict: Verdict, i: number): Stamp | null {
  if (typeof verdict.truth === "number") return verdict.truth === i ? "forged" : null;
  return verdict.truth;
}

interface FootProps {
  table: Table;
  answer: (answer: Answer) => void;
  next: () => void;
  retry: () => void;
}

function Foot({ table, answer, next, retry }: FootProps) {
  const mark = last(table);
  if (table.trouble !== null) {
    return (
      <div class="pl-foot" role="alert">
        <p class="pl-told">{table.trouble.words}</p>
        <p class="quiet">{texts.table.lost}</p>
        <Button kind="main" onClick={retry}>
          {texts.table.again}
        </Button>
      </div>
    );
  }
  const { k, rules } = table;
  const verdict = table.phase === "answered" ? (mark?.verdict ?? null) : null;
  // The same paragraph from question to truth: what is said aloud must have been there, empty, before
  return (
    <div class={verdict === null ? "pl-foot" : `pl-foot answered ${verdict.right ? "right" : "wrong"}`}>
      {verdict === null ? null : (
        <h3 key="stage" class="hidden" data-stage="">
          {texts.table.truth(k, rules.questions)}
        </h3>
      )}
      <p key="told" class="pl-told" aria-live="assertive" aria-atomic="true">
        {verdict === null ? null : (
          <>
            {toldOf(k, verdict)} <span class="quiet">{texts.outcome.judge(verdict.judge.answer, verdict.judge.right)}</span>
          </>
        )}
      </p>
      {verdict !== null ? (
        <Button key="next" kind="main" class="pl-next" onClick={next}>
          {k + 1 >= rules.questions ? texts.table.finish : texts.table.next} <kbd aria-hidden="true">↵</kbd>
        </Button>
      ) : rules.mode === "one" ? (
        <Answers key="answers" waiting={table.phase !== "asking"} answer={answer} />
      ) : null}
    </div>
  );
}

/** Never disabled, which would drop the focus: what is pressed while they wait changes nothing. */
function Answers({ waiting, answer }: { waiting: boolean; answer: (answer: Answer) => void }) {
  return (
    <div class="pl-answers">
      <button type="button" class="pl-answer real" aria-disabled={waiting} onClick={() => answer("real")}>
        {texts.table.real} <kbd aria-hidden="true">R</kbd>
      </button>
      <button type="button" class="pl-answer forged" aria-disabled={waiting} onClick={() => answer("forged")}>
        {texts.table.forged} <kbd aria-hidden="true">F</kbd>
      </button>
    </div>
  );
}
