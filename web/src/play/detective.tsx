/** The detective's game: rules, round, ending. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { NotYet } from "../explore/page";
import { HttpError, wordsOf } from "../shared/http";
import { Button, Tabs } from "../shared/ui";
import { play as texts } from "../texts/play";
import { Ending } from "./ending";
import { ExamplesStrip, useExamples } from "./examples";
import type { Mode } from "./round";
import { useStage } from "./stage";
import { RoundTable, type Played } from "./table";
import { newRound, type Round, type Terms } from "./wire";

type Scene = { at: "rules" } | { at: "table"; round: Round } | { at: "ending"; played: Played };

const KEPT = "studio.play";
const COUNTS = ["5", "10", "20", "40"] as const;
const CLOCKS = ["0", "5", "10", "20"] as const;
const CHOICES = ["2", "3", "4", "5", "6"] as const;
const FIRST: Terms = { mode: "one", questions: 10, choices: 4, player: "", seconds: null };

export function Detective({ run, leave }: { run: string; leave: () => void }) {
  const [scene, setScene] = useState<Scene>({ at: "rules" });
  const [terms, setTerms] = useState<Terms>(kept);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const shown = useExamples(run);
  const box = useStage<HTMLDivElement>(scene.at, false);
  const begin = (): void => {
    if (busy) return;
    store(terms);
    setBusy(true);
    setError(null);
    newRound(run, { ...terms, choices: terms.mode === "one" ? 2 : terms.choices })
      .then((round) => setScene({ at: "table", round }), setError)
      .finally(() => setBusy(false));
  };
  if (scene.at === "table") {
    const { round } = scene;
    return (
      <RoundTable
        key={round.round}
        run={run}
        round={round}
        over={(played) => setScene({ at: "ending", played })}
        leave={() => setScene({ at: "rules" })}
      />
    );
  }
  if (scene.at === "ending") {
    return <Ending run={run} played={scene.played} again={begin} busy={busy} error={error} change={() => setScene({ at: "rules" })} />;
  }
  const impossible = shown.error instanceof HttpError && shown.error.status === 409;
  return (
    <div ref={box} class="play">
      <Button kind="quiet" class="pl-back" onClick={leave}>
        <span aria-hidden="true">←</span> {texts.back}
      </Button>
      <h2 class="pl-title">{texts.roles.detective.title}</h2>
      <p class="lead">{texts.roles.detective.words}</p>
      {impossible ? (
        <NotYet run={run} words={wordsOf(shown.error)} title={texts.notYet} link={texts.watchIt} />
      ) : (
        <>
          {shown.error === null ? <ExamplesStrip told={shown.told} /> : null}
          <Rules terms={terms} set={setTerms} begin={begin} busy={busy} />
        </>
      )}
      {error === null ? null : (
        <p class="pl-trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
    </div>
  );
}

interface RulesProps {
  terms: Terms;
  set: (terms: Terms) => void;
  begin: () => void;
  busy: boolean;
}

function Rules({ terms, set, begin, busy }: RulesProps) {
  const words = texts.setup;
  const modes: readonly { value: Mode; words: string }[] = [
    { value: "one", words: words.one },
    { value: "several", words: words.several },
  ];
  const submit = (event: Event): void => {
    event.preventDefault();
    begin();
  };
  return (
    <form class="pl-rules" onSubmit={submit}>
      <Rule name={words.mode}>
        <Tabs label={words.mode} choices={modes} chosen={terms.mode} choose={(mode) => set({ ...terms, mode })} />
      </Rule>
      {terms.mode === "one" ? null : (
        <Rule name={words.choices}>
          <Tabs label={words.choices} choices={CHOICES.map(same)} chosen={`${terms.choices}`} choose={(n) => set({ ...terms, choices: Number(n) })} />
        </Rule>
      )}
      <Rule name={words.questions}>
        <Tabs label={words.questions} choices={COUNTS.map(same)} chosen={`${terms.questions}`} choose={(n) => set({ ...terms, questions: Number(n) })} />
      </Rule>
      <Rule name={words.clock}>
        <Tabs
          label={words.clock}
          choices={CLOCKS.map((value) => ({ value: value as string, words: value === "0" ? words.off : words.seconds(Number(value)) }))}
          chosen={`${terms.seconds ?? 0}`}
          choose={(value) => set({ ...terms, seconds: value === "0" ? null : Number(value) })}
        />
      </Rule>
      <Rule name={words.player}>
        <input
          type="text"
          maxLength={40}
          value={terms.player}
          autocomplete="nickname"
          aria-label={words.player}
          placeholder={words.playerHint}
          onInput={(event) => set({ ...terms, player: event.currentTarget.value })}
        />
      </Rule>
      <button type="submit" class="button main pl-go" aria-disabled={busy}>
        {busy ? words.starting : words.start}
      </button>
    </form>
  );
}

function Rule({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="pl-rule">
      <span aria-hidden="true">{name}</span>
      {children}
    </div>
  );
}

function same(value: string): { value: string; words: string } {
  return { value, words: value };
}

/** The rules of the last round in this browser; what does not fit is as at first. */
function kept(): Terms {
  try {
    const told = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Terms>;
    return {
      mode: told.mode === "several" ? "several" : FIRST.mode,
      questions: COUNTS.some((each) => Number(each) === told.questions) ? (told.questions ?? 10) : FIRST.questions,
      choices: CHOICES.some((each) => Number(each) === told.choices) ? (told.choices ?? 4) : FIRST.choices,
      player: typeof told.player === "string" ? told.player.slice(0, 40) : FIRST.player,
      seconds: CLOCKS.some((each) => Number(each) === told.seconds) && told.seconds !== 0 ? (told.seconds ?? null) : null,
    };
  } catch {
    return FIRST;
  }
}

function store(terms: Terms): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(terms));
  } catch {
    // Storage may be forbidden; the name is then asked for again.
  }
}
