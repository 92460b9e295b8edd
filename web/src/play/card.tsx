/** One item on the table, its pixels enlarged by a whole number. */
import { useEffect, useRef, useState } from "preact/hooks";
import { drawBytes, timesIn } from "../shared/pixels";
import { play as texts } from "../texts/play";
import type { Item } from "./wire";

export type Stamp = "real" | "forged";

interface CardProps {
  /** null while the item is on its way. */
  bytes: Uint8Array | null;
  item: Item;
  label: string;
  /** The key that picks it; null where it cannot be picked. */
  number: number | null;
  chosen: boolean;
  stamp: Stamp | null;
  pick?: () => void;
  pickLabel?: string;
}

export function Card({ bytes, item, label, number, chosen, stamp, pick, pickLabel }: CardProps) {
  const inside = (
    <>
      <Sharp bytes={bytes} height={item.height} width={item.width} label={label} />
      {number === null ? null : (
        <span class="pl-number" aria-hidden="true">
          {number}
        </span>
      )}
      {stamp === null ? null : <span class={`pl-stamp ${stamp}`}>{texts.outcome.stamp[stamp]}</span>}
    </>
  );
  const name = `pl-card ${chosen ? "chosen" : ""} ${stamp === null ? "" : `is-${stamp}`}`;
  if (pick === undefined) return <div class={name}>{inside}</div>;
  return (
    <button type="button" class={name} onClick={pick} aria-label={pickLabel} aria-pressed={chosen}>
      {inside}
    </button>
  );
}

interface SharpProps {
  bytes: Uint8Array | null;
  height: number;
  width: number;
  label: string;
}

/** Pixels; wider pictures are scaled smoothly, as their pixels are not what one looks at. */
const LARGE = 96;

/** A picture that fills the width it has, by a whole number of screen pixels for each of its own where it is small. */
export function Sharp({ bytes, height, width, label }: SharpProps) {
  const box = useRef<HTMLSpanElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    if (box.current === null) return undefined;
    const seen = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  useEffect(() => {
    if (bytes !== null && canvas.current !== null) drawBytes(canvas.current, bytes, height, width);
  }, [bytes, height, width]);
  const large = width > LARGE;
  const wide = large || width > room ? room : timesIn(room, width) * width;
  return (
    <span ref={box} class="pl-sharp" style={{ aspectRatio: `${width} / ${height}` }}>
      {bytes === null ? null : (
        <canvas ref={canvas} class={large ? "pl-smooth" : "pixels"} role="img" aria-label={label} style={{ width: `${wide}px`, height: `${(wide * height) / width}px` }} />
      )}
    </span>
  );
}
