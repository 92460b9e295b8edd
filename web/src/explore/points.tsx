/** Samples of two numbers, drawn as points in this page: sharp at any size, in a frame that stays while they move. */
import { useEffect, useRef } from "preact/hooks";
import { drawPoints, frameOf, outside, type Pair, tones, type View } from "../plane/drawing";
import { number } from "../shared/format";
import type { Raw } from "../shared/pixels";
import { useDark } from "../shared/theme";
import { explore as texts } from "../texts/explore";

export interface PlaneFrame {
  readonly bounds: View["bounds"];
  readonly columns: readonly string[];
}

/** Pixels of the canvas on a side, which the page scales. */
export const SIDE = 720;

/** The points, if a sample is two numbers; a number that is none is NaN, and drawn nowhere. */
export function pairsOf(raw: Raw): Pair[] | null {
  if (raw.kind !== "rows" || raw.columns.length !== 2) return null;
  return raw.rows.map(([x, y]) => [x ?? NaN, y ?? NaN]);
}

/** The frame for these samples; null where they are not points. */
export function planeFrame(raw: Raw | null): PlaneFrame | null {
  const pairs = raw === null ? null : pairsOf(raw);
  const bounds = pairs === null ? null : frameOf(pairs);
  return bounds === null || raw?.kind !== "rows" ? null : { bounds, columns: raw.columns };
}

interface PointsProps {
  pairs: readonly Pair[];
  frame: PlaneFrame;
  chosen: number | null;
  label: string;
  class?: string;
  testid?: string;
}

export function Points({ pairs, frame, chosen, label, class: name = "", testid }: PointsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    if (canvas.current !== null) drawPoints(canvas.current, pairs, frame.bounds, tones(), chosen);
  }, [pairs, frame, chosen, dark]);
  return <canvas ref={canvas} width={SIDE} height={SIDE} class={name} role="img" aria-label={label} data-testid={testid} />;
}

/** What the axes are, and how many points cannot be seen. */
export function FrameWords({ pairs, frame }: { pairs: readonly Pair[]; frame: PlaneFrame }) {
  const [x0, x1, y0, y1] = frame.bounds;
  const beyond = outside(pairs, frame.bounds);
  const axis = (at: number, from: number, to: number): string => texts.axis(frame.columns[at] ?? "", number(from), number(to));
  return (
    <p class="small quiet">
      {texts.axes(axis(0, x0, x1), axis(1, y0, y1))}
      {beyond === 0 ? "" : ` ${texts.outside(beyond, pairs.length)}`}
    </p>
  );
}
