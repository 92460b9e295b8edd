/** Brush, eraser, sizes and inks. */
import { Button, Tabs } from "../shared/ui";
import { play as texts } from "../texts/play";
import { cssOf, hexOf, type Ink, inkOf, palette } from "./paper";
import type { Tool } from "./studio";

interface ToolsProps {
  tool: Tool;
  set: (tool: Tool) => void;
  channels: number;
  canUndo: boolean;
  canRedo: boolean;
  undo: () => void;
  redo: () => void;
  clear: () => void;
}

export function Tools({ tool, set, channels, canUndo, canRedo, undo, redo, clear }: ToolsProps) {
  const words = texts.forger;
  const kinds = [
    { value: "brush" as const, words: words.brush },
    { value: "eraser" as const, words: words.eraser },
  ];
  const sizes = words.sizes.map((each, k) => ({ value: `${k}`, words: each }));
  return (
    <div class="pl-tools" role="group" aria-label={words.tools}>
      <div class="row">
        <Tabs label={words.tools} choices={kinds} chosen={tool.kind} choose={(kind) => set({ ...tool, kind })} />
        <Tabs label={words.size} choices={sizes} chosen={`${tool.size}`} choose={(size) => set({ ...tool, size: Number(size) })} />
      </div>
      <Inks tool={tool} set={set} channels={channels} />
      <div class="row">
        <Button onClick={undo} disabled={!canUndo}>
          {words.undo}
        </Button>
        <Button onClick={redo} disabled={!canRedo}>
          {words.redo}
        </Button>
        <Button onClick={clear}>{words.clear}</Button>
      </div>
    </div>
  );
}

function Inks({ tool, set, channels }: { tool: Tool; set: (tool: Tool) => void; channels: number }) {
  const words = texts.forger;
  const take = (ink: Ink): void => set({ ...tool, kind: "brush", ink });
  const chosen = (ink: Ink): boolean => tool.kind === "brush" && hexOf(ink) === hexOf(tool.ink);
  return (
    <div class="pl-inks" role="group" aria-label={words.inks}>
      {palette(channels).map((ink, k) => (
        <button
          key={hexOf(ink)}
          type="button"
          class="pl-ink"
          aria-pressed={chosen(ink)}
          aria-label={channels === 1 ? words.grey(ink[0] ?? 0) : words.ink(k)}
          style={{ background: cssOf(ink) }}
          onClick={() => take(ink)}
        />
      ))}
      {channels === 1 ? null : (
        <input
          type="color"
          class="pl-ink"
          aria-label={words.ownInk}
          title={words.ownInk}
          value={hexOf(tool.ink)}
          onInput={(event) => take(inkOf(event.currentTarget.value, channels))}
        />
      )}
    </div>
  );
}
