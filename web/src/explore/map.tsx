/** A map of two dimensions through latent space: what one would meet, and a ring to drag there. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { drawPlaces, tones } from "../plane/drawing";
import { drawPixels, type PixelsRaw, type Raw } from "../shared/pixels";
import { useDark } from "../shared/theme";
import { explore as texts } from "../texts/explore";
import { stepped, type Z } from "./latent";
import { Newest } from "./newest";
import { pairsOf, type PlaneFrame, SIDE } from "./points";
import { mapZ, SQUARES, type Standing } from "./standing";
import { type Decoded, decode, type Generator, type Opened } from "./wire";

interface MapProps {
  of: Opened;
  generator: Generator;
  standing: Standing | null;
  /** Where points are drawn; null = samples are not points. */
  frame: PlaneFrame | null;
  set: (standing: Standing) => void;
}

/** Milliseconds without a change before the map's squares are drawn anew. */
const REST = 120;
const STEP = 0.05;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export function LatentMap({ of, generator, standing, frame, set }: MapProps) {
  const field = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState(false);
  const squares = useSquares(of, generator, standing);
  const to = (at: readonly [number, number]): void => {
    if (standing !== null) set({ ...standing, at });
  };
  const follow = (event: PointerEvent): void => {
    const box = field.current?.getBoundingClientRect();
    if (box === undefined) return;
    to(stepped([0, 0], (2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height));
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    field.current?.setPointerCapture(event.pointerId);
    setHeld(true);
    follow(event);
  };
  const key = (event: KeyboardEvent): void => {
    const by = ARROWS[event.key];
    if (standing === null || (by === undefined && event.key !== "Home")) return;
    event.preventDefault();
    const step = event.shiftKey ? 4 * STEP : STEP;
    to(by === undefined ? [0, 0] : stepped(standing.at, by[0] * step, by[1] * step));
  };
  const [x, y] = standing?.at ?? [0, 0];
  return (
    <section class="ex-map" aria-label={texts.map}>
      <h2>{texts.map}</h2>
      <div
        ref={field}
        class={`ex-field ${held ? "held" : ""}`}
        role="slider"
        tabIndex={0}
        aria-label={texts.mapLabel}
        aria-valuemin={-1}
        aria-valuemax={1}
        aria-valuenow={x}
        aria-valuetext={texts.mapAt(x, y)}
        onPointerDown={press}
        onPointerMove={(event) => held && follow(event)}
        onPointerUp={() => setHeld(false)}
        onPointerCancel={() => setHeld(false)}
        onKeyDown={key}
      >
        {squares?.kind === "pixels" ? <Squares raw={squares} /> : null}
        {squares?.kind === "rows" && frame !== null ? <Places raw={squares} frame={frame} /> : null}
        <span class="ex-ring" aria-hidden="true" style={{ left: `${50 * (1 + x)}%`, top: `${50 * (1 - y)}%` }} />
      </div>
      <p class="small quiet">
        {texts.mapHint} {frame === null ? "" : texts.mapPoints}
      </p>
    </section>
  );
}

/** What stands on the map: pictures, or points; of more numbers one row says little. */
function useSquares(of: Opened, generator: Generator, standing: Standing | null): Raw | null {
  const [shown, setShown] = useState<Raw | null>(null);
  const newest = useMemo(
    () =>
      new Newest<{ z: readonly Z[]; kind: string | null }, Decoded>((asked) => decode(of, asked.z, asked.kind), {
        done: ({ raw }) => setShown(raw),
        failed: () => undefined, // the stage tells of a server that does not answer
      }, REST),
    [of],
  );
  useEffect(() => () => newest.close(), [newest]);
  const { shape } = generator;
  const telling = shape.kind === "pixels" || shape.columns?.length === 2;
  const { starts, chosen, amounts, kind } = standing ?? { starts: null, chosen: 0, amounts: null, kind: null };
  useEffect(() => {
    if (standing === null || !telling) return;
    newest.ask({ z: mapZ(generator, standing), kind: standing.kind });
  }, [starts, chosen, amounts, kind, newest, telling]);
  return shown;
}

function Places({ raw, frame }: { raw: Raw; frame: PlaneFrame }) {
  const sheet = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    const pairs = pairsOf(raw);
    if (sheet.current !== null && pairs !== null) drawPlaces(sheet.current, pairs, frame.bounds, tones(), SQUARES);
  }, [raw, frame, dark]);
  return <canvas ref={sheet} width={SIDE} height={SIDE} aria-hidden="true" />;
}

function Squares({ raw }: { raw: PixelsRaw }) {
  const sheet = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pen = sheet.current?.getContext("2d");
    if (sheet.current === null || pen === null || pen === undefined) return;
    sheet.current.width = SQUARES * raw.width;
    sheet.current.height = SQUARES * raw.height;
    const one = document.createElement("canvas");
    for (let k = 0; k < raw.n; k++) {
      drawPixels(one, raw, k);
      pen.drawImage(one, (k % SQUARES) * raw.width, Math.floor(k / SQUARES) * raw.height);
    }
  }, [raw]);
  return <canvas ref={sheet} class="pixels" aria-hidden="true" />;
}
