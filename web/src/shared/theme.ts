/** Light or dark: by the system's preference unless switched here, and kept in this browser. */
import { useEffect, useState } from "preact/hooks";

export type Theme = "auto" | "light" | "dark";

const KEPT = "studio.theme";
const CHANGED = "studio:theme";

export function theme(): Theme {
  const kept = stored();
  return kept === "light" || kept === "dark" ? kept : "auto";
}

export function setTheme(chosen: Theme): void {
  try {
    if (chosen === "auto") localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, chosen);
  } catch {
    // Storage may be forbidden; the choice then holds for this page only.
  }
  show(chosen);
  window.dispatchEvent(new Event(CHANGED));
}

/** Before the first paint: what was chosen last. */
export function startTheme(): void {
  show(theme());
}

export function dark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

/** Whether the page is dark now; renders again when that changes. */
export function useDark(): boolean {
  const [is, setIs] = useState(dark);
  useEffect(() => {
    const look = (): void => setIs(dark());
    const preference = matchMedia("(prefers-color-scheme: dark)");
    preference.addEventListener("change", look);
    window.addEventListener(CHANGED, look);
    return () => {
      preference.removeEventListener("change", look);
      window.removeEventListener(CHANGED, look);
    };
  }, []);
  return is;
}

/** A colour of the style sheet as the canvas understands it: `colour("--accent")` is "rgb(200, 85, 61)". */
export function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const told = getComputedStyle(probe).color;
  probe.remove();
  return told;
}

/** True where the reader wants no movement. */
export function still(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function show(chosen: Theme): void {
  if (chosen === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
