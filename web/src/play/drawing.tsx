/** Paper that takes strokes by mouse, finger, pen and keyboard, with the judge's heat as a veil over it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { drawBytes } from "../shared/pixels";
import { Live } from "../shared/ui";
import { play as texts } from "../texts/play";
import { type Ink, ledTo, painted, type Sheet, type Spot, type Stroke, strokeAt } from "./paper";

interface PaperProps {
  sheet: Sheet;
  ink: Ink;
  radius: number;
  children?: ComponentChildren;
  /** A stroke is done. */
  drawn: (sheet: Sheet) => void;
  /** A stroke is under way. */
  drawing: (sheet: Sheet) => void;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function Paper({ sheet, ink, radius, children, drawn, drawing }: PaperProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const stroke = useRef<Stroke | null>(null);
  const [cursor, setCursor] = useState<Spot | null>(null);
  const { height, width } = sheet;
  useEffect(() => {
    if (canvas.current !== null) drawBytes(canvas.current, sheet.data, height, width);
  }, [sheet]);
  const show = (): void => {
    if (stroke.current === null || canvas.current === null) return;
    const now = painted(stroke.current);
    drawBytes(canvas.current, now.data, height, width);
    drawing(now);
  };
  const end = (): void => {
    if (stroke.current === null) return;
    const now = painted(stroke.current);
    stroke.current = null;
    drawn(now);
  };
  const spot = (event: PointerEvent): Spot => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return { x: 0, y: 0 };
    return { x: ((event.clientX - box.left) / box.width) * width, y: ((event.clientY - box.top) / box.height) * height };
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || stroke.current !== null) return;
    canvas.current?.setPointerCapture(event.pointerId);
    setCursor(null);
    stroke.current = strokeAt(sheet, spot(event), ink, radius);
    show();
  };
  const move = (event: PointerEvent): void => {
    if (stroke.current === null) return;
    for (const each of moves(event)) stroke.current = ledTo(stroke.current, spot(each));
    show();
  };
  const key = (event: KeyboardEvent): void => {
    const by = ARROWS[event.key];
    const at = cursor ?? { x: Math.floor(width / 2) + 0.5, y: Math.floor(height / 2) + 0.5 };
    if (by === undefined && event.key !== " ") return;
    event.preventDefault();
    const to = by === undefined ? at : { x: held(at.x + by[0], width), y: held(at.y + by[1], height) };
    setCursor(to);
    if (by === undefined || event.shiftKey) drawn(painted(ledTo(strokeAt(sheet, at, ink, radius), to)));
  };
  return (
      <div class="pl-paper" style={{ aspectRatio: `${width} / ${height}` }}>
        <canvas
          ref={canvas}
          class="pixels"
          role="application"
          tabIndex={0}
          aria-label={texts.forger.paperLabel(width, height)}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={end}
          onPointerCancel={end}
          onKeyDown={key}
          onBlur={() => setCursor(null)}
        />
        {cursor === null ? null : (
          <span class="pl-cursor" aria-hidden="true" style={{ left: `${(100 * cursor.x) / width}%`, top: `${(100 * cursor.y) / height}%`, width: `${(200 * Math.max(radius, 0.5)) / width}%` }} />
        )}
        <Live words={cursor === null ? "" : texts.forger.cursor(Math.floor(cursor.x), Math.floor(cursor.y))} />
        {children}
      </div>
  );
}

/** Every place the pointer has been at since the last event: a quick stroke stays round. */
function moves(event: PointerEvent): PointerEvent[] {
  const all = event.getCoalescedEvents();
  return all.length === 0 ? [event] : all;
}

function held(value: number, side: number): number {
  return Math.max(0.5, Math.min(side - 0.5, value));
}
