/** Where the keyboard's focus goes when a stage of the game makes way for the next. */
import { useEffect, useRef } from "preact/hooks";

/**
 * Focuses the first `[data-stage]` inside, or else the first heading, whenever the stage changes: what was focused has
 * gone with the last stage, and the focus would fall to the page's beginning.
 *
 * @param first whether the first stage is focused too; not where it comes with the page itself.
 */
export function useStage<T extends HTMLElement>(stage: string, first = true): { current: T | null } {
  const box = useRef<T>(null);
  const before = useRef(first ? null : stage);
  useEffect(() => {
    if (before.current === stage) return;
    before.current = stage;
    const heading = box.current?.querySelector<HTMLElement>("[data-stage]") ?? box.current?.querySelector<HTMLElement>("h2");
    if (heading === null || heading === undefined) return;
    heading.tabIndex = -1;
    heading.focus();
  }, [stage]);
  return box;
}
