/** Where the forger draws: paper at the data's resolution, tools beside it, and a place for pictures brought along. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../shared/keys";
import { bytesOf } from "../shared/pixels";
import { Button, toast } from "../shared/ui";
import { play as texts } from "../texts/play";
import type { Trial, Work } from "./forger";
import { Paper } from "./drawing";
import { blank, boldest, brushes, type Ink, palette, same, type Sheet } from "./paper";
import { Tools } from "./tools";
import { begun, done, redone, type Undoing, undone } from "./undoing";
import { Veiled } from "./veiled";
import type { Item } from "./wire";

/** Bytes of a picture that the server takes. */
const LARGEST = 8_000_000;

interface StudioProps {
  item: Item;
  /** The colour that the data's background most often has. */
  ground: Ink;
  hand: (work: Work) => void;
  trial: Trial;
  heatOn: boolean;
}

export interface Tool {
  readonly kind: "brush" | "eraser";
  readonly ink: Ink;
  /** Place among the brushes. */
  readonly size: number;
}

export function Studio({ item, ground, hand, trial, heatOn }: StudioProps) {
  const { height, width, channels } = item;
  const empty = useMemo(() => blank(height, width, channels, ground), [height, width, channels, ground]);
  const [drawing, setDrawing] = useState<Undoing<Sheet>>(() => begun(empty));
  const [tool, setTool] = useState<Tool>(() => ({ kind: "brush", ink: boldest(ground, palette(channels)), size: 1 }));
  const [brought, setBrought] = useState<Blob | null>(null);
  const [over, setOver] = useState(false);
  const show = (next: Undoing<Sheet>): void => {
    setDrawing(next);
    setBrought(null);
    hand(same(next.now, empty) ? null : { sheet: next.now });
  };
  const bring = (file: Blob): void => {
    if (!file.type.startsWith("image/")) return toast(texts.forger.notPicture, "failed");
    if (file.size > LARGEST) return toast(texts.forger.tooLarge, "failed");
    setBrought(file);
    hand({ file });
  };
  // As the judge saw it, it lies on the paper then, to be drawn on
  const arrived = brought !== null && trial.of !== null && "file" in trial.of && trial.of.file === brought;
  useEffect(() => {
    if (!arrived || trial.judgement?.judged_as.kind !== "pixels") return;
    const { judged_as } = trial.judgement;
    setDrawing(done(drawing, { height, width, channels, data: bytesOf(judged_as).slice() }));
    setBrought(null);
  }, [arrived]);
  const undo = (): void => show(undone(drawing));
  const redo = (): void => show(redone(drawing));
  const clear = (): void => show(done(drawing, empty));
  usePasting(bring);
  useUndoKeys(undo, redo);
  const sized = (by: number): void => setTool({ ...tool, size: Math.max(0, Math.min(2, tool.size + by)) });
  useKeys([
    { key: "b", words: texts.keys.brush, run: () => setTool({ ...tool, kind: "brush" }) },
    { key: "x", words: texts.keys.eraser, run: () => setTool({ ...tool, kind: "eraser" }) },
    { key: "[", words: texts.keys.smaller, run: () => sized(-1) },
    { key: "]", words: texts.keys.larger, run: () => sized(1) },
    { key: "u", words: texts.keys.undo, run: undo },
    { key: "U", words: texts.keys.redo, run: redo },
    { key: "Delete", words: texts.keys.clear, run: clear },
  ]);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) bring(file);
  };
  return (
    <section
      class={`pl-studio ${over ? "over" : ""}`}
      aria-label={texts.forger.paper}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Paper
        sheet={drawing.now}
        ink={tool.kind === "eraser" ? ground : tool.ink}
        radius={brushes(height, width)[tool.size] ?? 1}
        drawn={(sheet) => show(done(drawing, sheet))}
        drawing={(sheet) => hand({ sheet })}
      >
        <Veiled heat={heatOn && brought === null ? (trial.judgement?.heat ?? null) : null} />
      </Paper>
      {over ? <p class="pl-drop">{texts.forger.dropped}</p> : null}
      <Tools
        tool={tool}
        set={setTool}
        channels={channels}
        canUndo={drawing.past.length > 0}
        canRedo={drawing.future.length > 0}
        undo={undo}
        redo={redo}
        clear={clear}
      />
      <Bring bring={bring} />
    </section>
  );
}

/** A picture pasted anywhere on the page. */
function usePasting(bring: (file: File) => void): void {
  const latest = useRef(bring);
  latest.current = bring;
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
      if (file === undefined) return;
      event.preventDefault();
      latest.current(file);
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, []);
}

/** Ctrl or Cmd with Z takes back; with Shift, or with Y, it is done again. */
export function useUndoKeys(undo: () => void, redo: () => void): void {
  const latest = useRef({ undo, redo });
  latest.current = { undo, redo };
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase();
      const typed = event.target instanceof HTMLElement && event.target.closest("input[type=text], textarea") !== null;
      if (typed || !(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y")) return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) latest.current.redo();
      else latest.current.undo();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

function Bring({ bring }: { bring: (file: File) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const chosen = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) bring(file);
    input.value = ""; // the same file can be brought again
  };
  return (
    <div class="row pl-bring">
      <Button onClick={() => field.current?.click()}>{texts.forger.bring}</Button>
      <span class="small quiet">{texts.forger.bringHint}</span>
      <input ref={field} type="file" accept="image/*" class="hidden" tabIndex={-1} aria-label={texts.forger.bring} onChange={chosen} />
    </div>
  );
}
