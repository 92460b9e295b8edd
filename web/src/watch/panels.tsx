/** Words beside the pictures: the state, what is happening, what the doctor did, and what the run is. */
import { useMemo, useState } from "preact/hooks";
import type { Detail, Sign } from "../shared/api";
import { running } from "../shared/api";
import { ago, begun, percent, withError } from "../shared/format";
import { Button } from "../shared/ui";
import { happening, runs, watch } from "../texts/watch";
import { useLoaded } from "./charts";
import { Meter } from "./meter";
import { ahead, apart, game, type Game } from "./model";
import { signColour } from "./plot";
import type { CurveStore } from "./store";

export function StatusLine({ detail }: { detail: Detail }) {
  const { state, kimg, total_kimg: total, rate, seconds_left: left } = detail;
  const training = state === "training";
  return (
    <div class="status-line">
      <p class="row small">
        <span class={`badge ${state.replaceAll(" ", "-")}`}>{runs.state(state)}</span>
        <span class="quiet">{watch.ofAll(kimg, total, detail.reach_kimg)}</span>
        {training && rate !== null ? <span class="quiet">{watch.rate(rate)}</span> : null}
        {training && left !== null ? <span class="quiet">{watch.left(left)}</span> : null}
      </p>
      {state === "done" ? null : (
        <progress class="progress" max={1} value={detail.progress} aria-label={watch.progress}>
          {percent(detail.progress)}
        </progress>
      )}
    </div>
  );
}

interface HappeningProps {
  detail: Detail;
  store: CurveStore;
  /** Beside the plane, where the phases are shown by themselves. */
  brief?: boolean;
}

export function Happening({ detail, store, brief = false }: HappeningProps) {
  const loaded = useLoaded(store);
  const first = useMemo(() => (loaded < 0 ? null : store.first()), [store, loaded]);
  const stands = first === null ? null : game(first);
  return (
    <section class="happening" aria-labelledby="happening">
      <h2 id="happening">{running(detail.state) ? happening.title : happening.ended}</h2>
      <p>{happening.lead}</p>
      <ol class="phases">
        {happening.phases.map((phase, at) => (
          <li key={phase.name} class={at === 0 ? "detective" : "forger"}>
            <p class="small quiet">{phase.name}</p>
            <h3>{phase.who}</h3>
            {brief ? null : <p class="small">{phase.what}</p>}
          </li>
        ))}
      </ol>
      {stands === null || brief ? null : <Stands stands={stands} detail={detail} />}
    </section>
  );
}

function Stands({ stands, detail }: { stands: Game; detail: Detail }) {
  const { real, fake } = stands;
  return (
    <div class="stands">
      {stands.apart === null ? null : <Meter apart={stands.apart} />}
      <p class="small">{standing(stands, detail)}</p>
      {real === null || fake === null ? null : <p class="small quiet">{happening.gap(real, fake)}</p>}
    </div>
  );
}

/** The state of the game in words. */
function standing(stands: Game, detail: Detail): string {
  const { score, before, floor } = stands;
  const words: string[] = [];
  if (detail.kimg === 0) return running(detail.state) ? happening.starting : happening.neverBegan;
  if (detail.state === "paused") words.push(happening.paused);
  const who = ahead(stands);
  if (stands.apart !== null && who !== null) words.push(happening.apart(stands.apart), happening.ahead[who]);
  if (score !== null && score <= Math.max(0, floor ?? 0)) words.push(happening.atFloor);
  else if (score !== null && before !== null) words.push(score < before ? happening.better(score, before) : happening.worse(score, before));
  if (detail.state === "out of time") words.push(watch.outOfTime);
  if (detail.state === "done") words.push(happening.finished);
  return words.join(" ");
}

const FIRST = 12;

/** What the doctor saw and did, and what else happened: pauses, samples that were asked for, beginnings and ends. */
export function SignList({ signs }: { signs: readonly Sign[] }) {
  const [said, rest] = apart(signs);
  return (
    <div>
      <Signs id="signs" title={watch.signs} signs={said} />
      {rest.length === 0 ? null : <Signs id="deeds" title={watch.deeds} signs={rest} />}
    </div>
  );
}

function Signs({ id, title, signs }: { id: string; title: string; signs: readonly Sign[] }) {
  const [all, setAll] = useState(false);
  const newest = [...signs].reverse();
  const shown = all ? newest : newest.slice(0, FIRST);
  return (
    <section class="signs" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {signs.length === 0 ? <p class="quiet">{watch.signsNone}</p> : null}
      <ol>
        {shown.map((sign, at) => (
          <li key={`${sign.kimg}/${at}`}>
            <p class="small quiet">{watch.at(sign.kimg)}</p>
            <div>
              <h3>
                <span class="sign-dot" style={{ background: `var(${signColour(sign)})` }} aria-hidden="true" />
                <span class="quiet">{watch.sign[sign.kind] ?? sign.kind}</span> {sign.title ?? (sign.kind === "decision" ? begun(sign.words) : "")}
              </h3>
              {sign.words === "" || sign.words === sign.title || sign.kind === "decision" ? null : <p class="small">{begun(sign.words)}</p>}
            </div>
          </li>
        ))}
      </ol>
      {shown.length < newest.length ? <Button onClick={() => setAll(true)}>{watch.signsMore(newest.length - shown.length)}</Button> : null}
    </section>
  );
}

export function Facts({ detail }: { detail: Detail }) {
  const { facts } = watch;
  const rows: [string, string][] = [
    [facts.data, detail.about.data],
    [facts.recipe, detail.about.recipe],
    [facts.plan, detail.about.plan],
    [facts.health, detail.health.words || detail.health.word],
    [facts.updated, ago(detail.updated, Date.now() / 1000)],
  ];
  const { score } = detail;
  if (score !== null) rows.splice(3, 0, [facts.score, `${withError(score.value, score.error)} ${watch.at(score.kimg)}; ${watch.lowerBetter}`]);
  return (
    <section class="facts" aria-labelledby="about">
      <h2 id="about">{watch.about}</h2>
      <dl>
        {rows
          .filter(([, words]) => words !== "")
          .map(([name, words]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{words}</dd>
            </div>
          ))}
      </dl>
      {detail.notes.length === 0 ? null : (
        <ul class="small quiet notes">
          {detail.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {detail.ready ? null : <p class="small quiet">{watch.noCheckpoint}</p>}
    </section>
  );
}
