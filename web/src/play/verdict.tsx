/** What the judge says: verdict, a meter of realness, the work as the judge saw it. */
import { wordsOf } from "../shared/http";
import { Check } from "../shared/ui";
import { Pixels } from "../shared/pixels";
import { play as texts } from "../texts/play";
import type { Trial } from "./forger";
import { Confetti } from "./confetti";
import { apart, onMeter } from "./scale";
import { Veiled } from "./veiled";

interface VerdictProps {
  trial: Trial;
  /** Realness from which the verdict is "real". */
  passesFrom: number;
  heatOn: boolean;
  setHeat: (on: boolean) => void;
}

/** The middle of real items: the judge grades redrawn ones, one in five, mostly below them. */
const REAL_AT = 0.6;

export function VerdictBox({ trial, passesFrom, heatOn, setHeat }: VerdictProps) {
  const { judgement, busy, error, best } = trial;
  const words = texts.verdict;
  return (
    <section class={`pl-verdict ${busy ? "busy" : ""}`} aria-label={words.title} aria-busy={busy}>
      <h3>{words.title}</h3>
      <p class={`pl-word ${judgement?.verdict ?? "none"}`} aria-live="polite">
        {judgement === null ? (busy ? words.thinking : words.waiting) : judgement.verdict === "real" ? words.real : words.forged}
      </p>
      {judgement?.verdict === "real" ? <Confetti much={1} /> : null}
      <Meter realness={judgement?.realness ?? null} forgeriesAt={judgement?.forgeries_at ?? null} passesFrom={passesFrom} best={best} />
      {judgement === null ? null : (
        <>
          <p class="quiet pl-words">{judgement.words || words.realness(judgement.realness)}</p>
          <div class="pl-judged">
            <div class="pl-seen">
              <Pixels raw={judgement.judged_as} label={words.judgedAs} />
              {heatOn ? <Veiled heat={judgement.heat} /> : null}
            </div>
            <div>
              <p class="small quiet">{words.judgedAs}</p>
              {judgement.heat === null ? null : <Check label={words.heat} checked={heatOn} onChange={setHeat} />}
              {best === null ? null : <p class="small quiet">{words.best(best)}</p>}
            </div>
          </div>
        </>
      )}
      {error === null ? null : (
        <p class="pl-trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
    </section>
  );
}

interface MeterProps {
  realness: number | null;
  forgeriesAt: number | null;
  passesFrom: number;
  best: number | null;
}

function Meter({ realness, forgeriesAt, passesFrom, best }: MeterProps) {
  const words = texts.verdict;
  const marks = [
    ...(forgeriesAt === null ? [] : [{ id: "forged", at: forgeriesAt, words: words.markForged }]),
    { id: "real", at: REAL_AT, words: words.markReal },
  ];
  const labels = apart(marks.map(({ id, at }) => ({ id, at: onMeter(at) })), 0.34, 0.14);
  return (
    <div class="pl-meter">
      <div
        class="pl-gauge"
        role="meter"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * (realness ?? 0))}
        aria-label={words.title}
        aria-valuetext={realness === null ? words.waiting : words.meter(realness)}
      >
        <span class="pl-denied" style={{ width: `${100 * onMeter(passesFrom)}%` }} />
        {marks.map((mark) => (
          <i key={mark.id} class={`pl-mark ${mark.id}`} style={{ left: `${100 * onMeter(mark.at)}%` }} />
        ))}
        {best === null || best === 0 ? null : <i class="pl-best" style={{ left: `${100 * onMeter(best)}%` }} />}
        {realness === null ? null : <i class="pl-needle" style={{ left: `${100 * onMeter(realness)}%` }} />}
      </div>
      <div class="pl-marks small" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark.id} class={mark.id} style={{ left: `${100 * (labels.get(mark.id) ?? mark.at)}%` }}>
            {mark.words}
          </span>
        ))}
      </div>
      <div class="pl-ends small quiet" aria-hidden="true">
        <span>{words.axisForged}</span>
        <span>{words.axisReal}</span>
      </div>
    </div>
  );
}
