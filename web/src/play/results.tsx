/** All players and rounds of a run: the human error rate. */
import { useEffect, useState } from "preact/hooks";
import { percent, whole } from "../shared/format";
import { wordsOf } from "../shared/http";
import { play as texts } from "../texts/play";
import { type Results, results as ask } from "./wire";

export function ResultsBox({ run }: { run: string }) {
  const [told, setTold] = useState<Results | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    ask(run).then(setTold, setError);
  }, [run]);
  const words = texts.results;
  return (
    <section class="pl-results" aria-label={words.title}>
      <h2>{words.title}</h2>
      {error === null ? null : (
        <p class="pl-trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
      {told === null ? null : told.answers === 0 ? <p class="quiet">{told.others === 0 ? words.none : told.words}</p> : <Told told={told} />}
    </section>
  );
}

function Told({ told }: { told: Results }) {
  const words = texts.results;
  return (
    <>
      <div class="pl-rate">
        <Figure value={told.error_rate} interval={told.interval} words={words.rate} guess={0.5} />
        <Figure value={told.picked_error_rate} interval={told.picked_interval} words={words.picked} guess={told.guessing} />
        <dl>
          <Rate value={told.fooled_rate} words={words.fooled} />
          <Rate value={told.denied_rate} words={words.denied} />
        </dl>
      </div>
      <p class="small quiet">{told.words}</p>
      <table class="pl-players">
        <thead>
          <tr>
            <th scope="col">{words.player}</th>
            <th scope="col">{words.rounds}</th>
            <th scope="col">{words.answers}</th>
            <th scope="col">{words.right}</th>
          </tr>
        </thead>
        <tbody>
          {told.by_player.map((each) => (
            <tr key={each.player}>
              <th scope="row">{each.player || words.nameless}</th>
              <td>{whole(each.rounds)}</td>
              <td>{whole(each.answers)}</td>
              <td>{percent(each.accuracy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small quiet">{words.hype}</p>
    </>
  );
}

interface FigureProps {
  value: number | null;
  interval: readonly [number, number] | null;
  words: string;
  /** What those who guess would get. */
  guess: number | null;
}

function Figure({ value, interval, words, guess }: FigureProps) {
  if (value === null) return null;
  return (
    <div class="pl-figure">
      <strong>{percent(value)}</strong>
      <div>
        <p>{words}</p>
        <p class="small quiet">
          {interval === null ? "" : `${percent(interval[0])} – ${percent(interval[1])}`}
          {guess === null ? "" : `; ${texts.results.guessing(guess)}`}
        </p>
      </div>
    </div>
  );
}

function Rate({ value, words }: { value: number | null; words: string }) {
  if (value === null) return null;
  return (
    <div>
      <dt>{words}</dt>
      <dd>{percent(value)}</dd>
    </div>
  );
}
