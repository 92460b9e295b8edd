/** The sample one looks at, large, with what can be done with it. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { size as sizeWords } from "../shared/format";
import { wordsOf } from "../shared/http";
import { download, drawRaw, picturesOf, type Raw, scaling, toPng } from "../shared/pixels";
import { useDark } from "../shared/theme";
import { Button, Skeleton, toast } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import { csvOf } from "./csv";
import { FrameWords, pairsOf, type PlaneFrame, Points } from "./points";
import type { Walk } from "./walk";
import type { Generator } from "./wire";

interface ChosenProps {
  run: string;
  walk: Walk;
  generator: Generator;
  moved: boolean;
  /** Where points are drawn; null = samples are not points. */
  frame: PlaneFrame | null;
  /** Which of the samples shown is the chosen one. */
  at: number;
  star: () => void;
  back: () => void;
}

export function Chosen({ run, walk, generator, moved, frame, at, star, back }: ChosenProps) {
  const { shown, error } = walk;
  const raw = shown?.raw ?? null;
  const pairs = useMemo(() => (raw === null ? null : pairsOf(raw)), [raw]);
  return (
    <section class="ex-chosen" aria-label={texts.chosen}>
      <h2>{generator.shape.kind === "rows" ? texts.chosenRows : texts.chosen}</h2>
      <div class="ex-frame">
        {raw === null ? (
          <Skeleton class="ex-large" />
        ) : pairs !== null && frame !== null ? (
          <Points
            pairs={pairs}
            frame={frame}
            chosen={at}
            class="ex-large"
            label={texts.chosenLabel(moved ? texts.movedWords : texts.unmoved)}
            testid="chosen"
          />
        ) : (
          <Large raw={raw} moved={moved} />
        )}
      </div>
      {pairs === null || frame === null ? null : <FrameWords pairs={pairs} frame={frame} />}
      {error === null ? null : (
        <p class="ex-trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
      <div class="row">
        <Button kind="main" onClick={star} disabled={raw === null}>
          <Star /> {texts.star}
        </Button>
        <Button onClick={back} disabled={!moved}>
          {texts.back}
        </Button>
        {raw === null ? null : <Downloads run={run} raw={raw} />}
      </div>
      <EngineLine walk={walk} generator={generator} />
    </section>
  );
}

function Large({ raw, moved }: { raw: Raw; moved: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    if (canvas.current !== null) drawRaw(canvas.current, raw);
  }, [raw, dark]);
  const label = texts.chosenLabel(moved ? texts.movedWords : texts.unmoved);
  return <canvas ref={canvas} class={`${scaling(raw)} ex-large`} role="img" aria-label={label} data-testid="chosen" />;
}

function Downloads({ run, raw }: { run: string; raw: Raw }) {
  const picture = (): void => {
    const { height, width } = picturesOf(raw);
    const scale = raw.kind === "rows" ? 1 : Math.max(1, Math.ceil(512 / Math.max(height, width)));
    toPng(raw, 0, scale).then(
      (blob) => download(blob, `${run}.png`),
      (reason: unknown) => toast(wordsOf(reason), "failed"),
    );
  };
  const table = (): void => {
    if (raw.kind === "rows") download(new Blob([csvOf(raw.columns, raw.rows)], { type: "text/csv" }), `${run}.csv`);
  };
  return (
    <>
      <Button onClick={picture} title={texts.pictureHint}>
        {texts.picture} <span aria-hidden="true">↓</span>
      </Button>
      {raw.kind === "rows" ? (
        <Button onClick={table} title={texts.tableHint}>
          {texts.table} <span aria-hidden="true">↓</span>
        </Button>
      ) : null}
    </>
  );
}

/** Quietly: where the picture is made, and how long that takes. */
function EngineLine({ walk, generator }: { walk: Walk; generator: Generator }) {
  const { engine, milliseconds } = walk;
  const where = engine.kind === "browser" ? texts.engine.browser : engine.words;
  const took = milliseconds === null ? "" : ` · ${texts.milliseconds(milliseconds)}`;
  const bytes = generator.onnx.bytes;
  const title = bytes === null || !generator.onnx.available ? undefined : texts.engine.loads(sizeWords(bytes));
  return (
    <p class="small quiet ex-engine" data-engine={engine.kind} data-milliseconds={milliseconds ?? ""} title={title}>
      {texts.engine.made(where)}
      {took}
    </p>
  );
}

export function Star({ full = true }: { full?: boolean }) {
  return (
    <svg viewBox="0 0 20 20" width="14" height="14" aria-hidden="true">
      <path
        d="M10 2.2l2.4 5 5.4.7-4 3.8 1 5.4-4.8-2.7-4.8 2.7 1-5.4-4-3.8 5.4-.7z"
        fill={full ? "currentColor" : "none"}
        stroke="currentColor"
        stroke-width="1.3"
        stroke-linejoin="round"
      />
    </svg>
  );
}
