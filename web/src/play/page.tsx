/** Play: "Real or forged?", as the detective or as the forger. */
import { useEffect, useState } from "preact/hooks";
import { NotYet } from "../explore/page";
import type { Summary } from "../shared/api";
import { get, of } from "../shared/http";
import { setQuery, usePlace } from "../shared/router";
import { Button, Failed, Loading } from "../shared/ui";
import { play as texts } from "../texts/play";
import { shared } from "../texts/shared";
import { Detective } from "./detective";
import { Forger } from "./forger";
import { ResultsBox } from "./results";
import { useStage } from "./stage";

type Role = "detective" | "forger";

/** Milliseconds until a run without a checkpoint is looked at again. */
const AGAIN = 4000;

export default function PlayPage({ run }: { run: string }) {
  const [summary, setSummary] = useState<Summary | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const asked = usePlace().query.get("as");
  const box = useStage<HTMLDivElement>(asked ?? "start", false);
  useEffect(() => {
    let heard = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    get<Summary>(of(run)).then(
      (told) => {
        if (!heard) return;
        setError(null);
        setSummary(told);
        if (!told.ready) timer = setTimeout(() => setAttempt(attempt + 1), AGAIN);
      },
      (reason: unknown) => heard && setError(reason),
    );
    return () => {
      heard = false;
      clearTimeout(timer);
    };
  }, [run, attempt]);
  if (error !== null) return <Failed error={error} again={() => setAttempt(attempt + 1)} />;
  if (summary === null) return <Loading words={texts.loading} />;
  if (!summary.ready) return <NotYet run={run} words={shared.notReady} title={texts.notYet} link={texts.watchIt} />;
  const leave = (): void => setQuery({ as: null });
  return (
    <div ref={box} class={summary.singly ? "pl-items" : "pl-items drawings"}>
      {asked === "detective" ? (
        <Detective run={run} leave={leave} />
      ) : asked === "forger" ? (
        <Forger run={run} leave={leave} />
      ) : (
        <Start run={run} summary={summary} />
      )}
    </div>
  );
}

function Start({ run, summary }: { run: string; summary: Summary }) {
  return (
    <div class="play">
      <div class="pl-intro">
        <h2 class="pl-title">{texts.title}</h2>
        <p class="lead">{texts.lead}</p>
      </div>
      <div class="pl-roles">
        <RoleCard role="detective" summary={summary} />
        <RoleCard role="forger" summary={summary} />
      </div>
      <ResultsBox run={run} />
    </div>
  );
}

function RoleCard({ role, summary }: { role: Role; summary: Summary }) {
  const { title, words, start } = texts.roles[role];
  const choose = (): void => setQuery({ as: role });
  return (
    <section class={`pl-role ${role}`} aria-label={title} onClick={choose}>
      <div class="pl-scene" aria-hidden="true">
        {role === "detective" ? <DetectiveScene picture={summary.picture} /> : <ForgerScene />}
      </div>
      <h3>{title}</h3>
      <p class="quiet">{words}</p>
      <Button kind="main" onClick={choose}>
        {start}
      </Button>
    </section>
  );
}

/** A glass held over the run's own samples. */
function DetectiveScene({ picture }: { picture: string | null }) {
  return (
    <>
      {picture === null ? null : <img src={picture} alt="" />}
      <svg viewBox="0 0 120 120" class="pl-glass">
        <circle cx="50" cy="50" r="34" fill="none" stroke="currentColor" stroke-width="6" />
        <path d="M75 75l32 32" stroke="currentColor" stroke-width="10" stroke-linecap="round" />
        <text x="50" y="63" text-anchor="middle" font-size="38" fill="currentColor">
          ?
        </text>
      </svg>
    </>
  );
}

/** A brush that has just signed. */
function ForgerScene() {
  return (
    <svg viewBox="0 0 240 120" class="pl-brush">
      <path d="M22 88c18-40 34-44 38-26s-14 34 2 30 22-46 38-42-6 38 10 36 20-22 34-22" fill="none" stroke="var(--accent)" stroke-width="5" stroke-linecap="round" />
      <g transform="rotate(38 148 62)">
        <rect x="143" y="-40" width="10" height="70" rx="5" fill="currentColor" />
        <rect x="141" y="28" width="14" height="14" rx="2" fill="var(--shade)" />
        <path d="M141 42h14c0 12-3 16-7 24-4-8-7-12-7-24z" fill="var(--accent)" />
      </g>
    </svg>
  );
}
