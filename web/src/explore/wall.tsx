/** A wall of samples to choose from. */
import { number } from "../shared/format";
import { drawPixels, Pixels, type PixelsRaw, type RowsRaw } from "../shared/pixels";
import { Button, Failed, Field, Select, Skeleton, Slider } from "../shared/ui";
import { explore as texts } from "../texts/explore";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { WallState } from "./explorer";
import { pairsOf, type PlaneFrame, Points } from "./points";
import type { Standing } from "./standing";
import type { Generator, Wish } from "./wire";

interface WallProps {
  generator: Generator;
  wish: Wish;
  setWish: (wish: Wish) => void;
  wall: WallState;
  frame: PlaneFrame | null;
  standing: Standing | null;
  choose: (k: number) => void;
  again: () => void;
}

export function Wall({ generator, wish, setWish, wall, frame, standing, choose, again }: WallProps) {
  const { made, error } = wall;
  const chosen = typeof standing?.from === "number" ? standing.from : null;
  return (
    <section class="ex-wall" aria-label={texts.wall} aria-busy={wall.busy}>
      <div class="row apart">
        <h2>{texts.wall}</h2>
        <WallControls generator={generator} wish={wish} setWish={setWish} again={again} />
      </div>
      {error !== null ? <Failed error={error} again={wall.again} /> : null}
      {made === null ? error === null ? <Skeleton class="ex-waiting" /> : null : null}
      {made?.raw.kind === "pixels" ? <Pictures raw={made.raw} chosen={chosen} choose={choose} /> : null}
      {made?.raw.kind === "rows" ? <Rows raw={made.raw} frame={frame} chosen={chosen} choose={choose} /> : null}
    </section>
  );
}

interface ControlsProps {
  generator: Generator;
  wish: Wish;
  setWish: (wish: Wish) => void;
  again: () => void;
}

function WallControls({ generator, wish, setWish, again }: ControlsProps) {
  const seed = (text: string): void => {
    const value = Number(text);
    if (text !== "" && Number.isInteger(value) && value >= 0 && value < 2 ** 31) setWish({ ...wish, seed: value });
  };
  const kinds = [{ value: "", words: texts.allKinds }, ...generator.classes.map((each) => ({ value: each, words: each }))];
  return (
    <div class="ex-controls">
      {generator.classes.length === 0 ? null : (
        <Select label={texts.kind} value={wish.kind ?? ""} choices={kinds} choose={(kind) => setWish({ ...wish, kind: kind === "" ? null : kind })} />
      )}
      <div class="ex-truncation" title={texts.truncationHint}>
        <Slider
          label={texts.truncation}
          value={wish.truncation}
          min={0.1}
          max={1}
          step={0.05}
          words={texts.truncationWords(wish.truncation)}
          onInput={(truncation) => setWish({ ...wish, truncation })}
        />
      </div>
      <Field label={texts.seed}>
        <input type="number" min="0" max={2 ** 31 - 1} value={wish.seed} onChange={(event) => seed(event.currentTarget.value)} />
      </Field>
      <Button kind="main" onClick={again}>
        {texts.newSeed}
      </Button>
    </div>
  );
}

interface ChoiceProps<R> {
  raw: R;
  chosen: number | null;
  choose: (k: number) => void;
}

function Pictures({ raw, chosen, choose }: ChoiceProps<PixelsRaw>) {
  return (
    <div class={`ex-pictures ${raw.width > 80 ? "large" : ""}`}>
      {Array.from({ length: raw.n }, (_, k) => (
        <button key={k} type="button" aria-pressed={k === chosen} aria-label={texts.pick(k)} onClick={() => choose(k)}>
          <Thumb raw={raw} k={k} />
        </button>
      ))}
    </div>
  );
}

/** A picture that its button tells of. */
export function Thumb({ raw, k }: { raw: PixelsRaw; k: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) drawPixels(canvas.current, raw, k);
  }, [raw, k]);
  return <canvas ref={canvas} class="pixels" aria-hidden="true" />;
}

function Rows({ raw, frame, chosen, choose }: ChoiceProps<RowsRaw> & { frame: PlaneFrame | null }) {
  const pairs = useMemo(() => pairsOf(raw), [raw]);
  const label = texts.wallOf(raw.n, 0);
  return (
    <div class="ex-rows">
      {pairs === null || frame === null ? <Pixels raw={raw} label={label} /> : <Points pairs={pairs} frame={frame} chosen={chosen} label={label} class="ex-points" />}
      <div class="ex-table" tabIndex={0} role="region" aria-label={texts.table}>
        <table>
          <thead>
            <tr>
              <th scope="col" />
              {raw.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {raw.rows.map((row, k) => (
              <tr key={k} class={k === chosen ? "chosen" : ""}>
                <td>
                  <button type="button" aria-pressed={k === chosen} aria-label={texts.pick(k)} onClick={() => choose(k)}>
                    {k + 1}
                  </button>
                </td>
                {row.map((value, at) => (
                  <td key={at}>{number(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
