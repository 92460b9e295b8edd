/** A plane in which the forger places points; they are judged together. */
import { useEffect, useRef, useState } from "preact/hooks";
import { counted } from "../shared/format";
import { useKeys } from "../shared/keys";
import { colour, useDark } from "../shared/theme";
import { Button, Live, Tabs } from "../shared/ui";
import { play as texts } from "../texts/play";
import type { Work } from "./forger";
import { type Frame, type Point, rubbed, sprayed, toData, toPicture } from "./points";
import { useUndoKeys } from "./studio";
import { begun, done, redone, type Undoing, undone } from "./undoing";

type Kind = "point" | "spray" | "eraser";

interface PlaneProps {
  columns: readonly string[];
  frame: Frame;
  /** The most rows that are judged at once. */
  most: number;
  /** How usual each point's place is, where the judge has told: the share of held-out ones that lie farther out. */
  each: readonly number[] | null;
  hand: (work: Work) => void;
}

/** Pixels of the canvas on a side. */
const SIDE = 640;
/** Shares of the frame: what the eraser takes, how wide the spray is, and how far an arrow key moves. */
const REACH = 0.04;
const WIDE = 0.035;
const STEP = 0.02;
/** Points where fewer of the real ones lie farther out are shown as odd. */
const ODD = 0.05;
/** Points of the spray at each move of the pointer. */
const DROPS = 2;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function Plane({ columns, frame, most, each, hand }: PlaneProps) {
  const [points, setPoints] = useState<Undoing<readonly Point[]>>(() => begun([]));
  const [kind, setKind] = useState<Kind>("spray");
  const [moving, setMoving] = useState<readonly Point[] | null>(null);
  const [cursor, setCursor] = useState<readonly [number, number] | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = moving ?? points.now;
  useDrawn(canvas, shown, frame, moving === null && each?.length === shown.length ? each : null);
  const offer = (next: readonly Point[]): void => hand(next.length === 0 ? null : { rows: next });
  const show = (next: Undoing<readonly Point[]>): void => {
    setPoints(next);
    offer(next.now);
  };
  const changed = (before: readonly Point[], left: number, top: number, drops: number): readonly Point[] => {
    const at = toData(frame, left, top);
    if (kind === "eraser") return rubbed(before, frame, at, REACH);
    const more = kind === "point" ? [at] : sprayed(frame, at, WIDE, drops, Math.random);
    return [...before, ...more].slice(0, most);
  };
  const spot = (event: PointerEvent): [number, number] => {
    const box = canvas.current?.getBoundingClientRect();
    return box === undefined ? [0, 0] : [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    canvas.current?.setPointerCapture(event.pointerId);
    setCursor(null);
    setMoving(changed(points.now, ...spot(event), 4 * DROPS));
  };
  const move = (event: PointerEvent): void => {
    if (moving === null || kind === "point") return;
    const next = changed(moving, ...spot(event), DROPS);
    setMoving(next);
    offer(next);
  };
  const end = (): void => {
    if (moving === null) return;
    show(done(points, moving));
    setMoving(null);
  };
  const key = (event: KeyboardEvent): void => {
    const by = ARROWS[event.key];
    const at = cursor ?? [0.5, 0.5];
    if (by !== undefined) setCursor([held(at[0] + by[0] * STEP), held(at[1] + by[1] * STEP)]);
    else if (event.key === " ") show(done(points, changed(points.now, at[0], at[1], 4 * DROPS)));
    else if (event.key === "Delete" || event.key === "Backspace") show(done(points, rubbed(points.now, frame, toData(frame, at[0], at[1]), REACH)));
    else return;
    event.preventDefault();
  };
  const undo = (): void => show(undone(points));
  const redo = (): void => show(redone(points));
  const clear = (): void => show(done(points, []));
  useUndoKeys(undo, redo);
  useKeys([
    { key: "u", words: texts.keys.undo, run: undo },
    { key: "U", words: texts.keys.redo, run: redo },
  ]);
  const words = texts.forger;
  const kinds: readonly { value: Kind; words: string }[] = [
    { value: "spray", words: words.spray },
    { value: "point", words: words.point },
    { value: "eraser", words: words.eraser },
  ];
  return (
    <section class="pl-studio" aria-label={words.paper}>
      <div class="pl-paper pl-plane">
        <canvas
          ref={canvas}
          role="application"
          tabIndex={0}
          aria-label={words.pointsLabel}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={end}
          onPointerCancel={end}
          onKeyDown={key}
          onBlur={() => setCursor(null)}
        />
        {cursor === null ? null : <span class="pl-cursor" aria-hidden="true" style={{ left: `${100 * cursor[0]}%`, top: `${100 * cursor[1]}%`, width: `${200 * REACH}%` }} />}
        <span class="pl-x small quiet" aria-hidden="true">
          {columns[0]}
        </span>
        <span class="pl-y small quiet" aria-hidden="true">
          {columns[1]}
        </span>
      </div>
      <Live words={counted(shown.length, "point")} />
      <div class="pl-tools" role="group" aria-label={words.tools}>
        <div class="row">
          <Tabs label={words.tools} choices={kinds} chosen={kind} choose={setKind} />
          <span class="small quiet">{words.points(shown.length)}</span>
        </div>
        <div class="row">
          <Button onClick={undo} disabled={points.past.length === 0}>
            {words.undo}
          </Button>
          <Button onClick={redo} disabled={points.future.length === 0}>
            {words.redo}
          </Button>
          <Button onClick={clear} disabled={points.now.length === 0}>
            {words.clear}
          </Button>
        </div>
      </div>
    </section>
  );
}

function held(value: number): number {
  return Math.max(0, Math.min(1, value));
}

function useDrawn(canvas: { current: HTMLCanvasElement | null }, points: readonly Point[], frame: Frame, each: readonly number[] | null): void {
  const dark = useDark();
  useEffect(() => {
    const own = canvas.current;
    const pen = own?.getContext("2d");
    if (own === null || pen === null || pen === undefined) return;
    own.width = SIDE;
    own.height = SIDE;
    const [usual, odd] = [colour("--ink"), colour("--forged")];
    pen.globalAlpha = 0.75;
    for (const [k, point] of points.entries()) {
      const [left, top] = toPicture(frame, point);
      pen.fillStyle = (each?.[k] ?? 1) < ODD ? odd : usual;
      pen.beginPath();
      pen.arc(left * SIDE, top * SIDE, 5, 0, 2 * Math.PI);
      pen.fill();
    }
  }, [points, frame, each, dark]);
}
