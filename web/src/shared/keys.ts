/** Keyboard shortcuts: registered by the parts of a page while they are shown, and listed on "?". */
import { useEffect, useRef, useState } from "preact/hooks";

export interface Shortcut {
  /** As `KeyboardEvent.key` tells it: "p", "?", "ArrowLeft", " ". */
  key: string;
  /** What it does, for the list. */
  words: string;
  run: () => void;
}

const CHANGED = "studio:keys";
const known = new Set<Shortcut>();

/** Shortcuts that hold while the calling part is shown. */
export function useKeys(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const names = shortcuts.map((each) => `${each.key}\t${each.words}`).join("\n");
  useEffect(() => {
    const mine = latest.current.map((each, at) => ({ ...each, run: () => latest.current[at]?.run() }));
    for (const each of mine) known.add(each);
    window.dispatchEvent(new Event(CHANGED));
    return () => {
      for (const each of mine) known.delete(each);
      window.dispatchEvent(new Event(CHANGED));
    };
  }, [names]);
}

/** Every shortcut that holds now. */
export function useShortcuts(): readonly Shortcut[] {
  const [all, setAll] = useState<readonly Shortcut[]>([...known]);
  useEffect(() => {
    const look = (): void => setAll([...known]);
    look();
    window.addEventListener(CHANGED, look);
    return () => window.removeEventListener(CHANGED, look);
  }, []);
  return all;
}

/** A key's name for people. */
export function keyName(key: string): string {
  const names: Record<string, string> = {
    " ": "Space",
    ArrowLeft: "←",
    ArrowRight: "→",
    ArrowUp: "↑",
    ArrowDown: "↓",
    Escape: "Esc",
  };
  return names[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** Listens once for the whole page. Keys typed into fields, or that the focused control uses itself, are left alone. */
export function startKeys(): void {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (taken(event.target, event.key)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const found = [...known].findLast((each) => each.key === event.key);
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
}

function taken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    const typed = !["checkbox", "radio", "button", "range"].includes(target.type);
    return typed || key.startsWith("Arrow") || key === " ";
  }
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  const presses = key === " " || key === "Enter";
  const moves = key.startsWith("Arrow");
  const role = target.getAttribute("role");
  return (presses && target.closest("button, a, summary") !== null) || (moves && (role === "tab" || role === "slider"));
}
