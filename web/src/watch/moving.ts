/** Wheel, shifted drags, touches and keys that move the window of a chart. */
import type uPlot from "uplot";
import type { CurveStore } from "./store";

const STEP = 0.15;

/** k samples a CSS pixel. */
function grain(plot: uPlot | null, store: CurveStore): number {
  const { from, to } = store.span();
  return (to - from) / Math.max(1, plot?.over.clientWidth ?? 1);
}

function under(plot: uPlot | null, clientX: number): number | undefined {
  return plot === null ? undefined : plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x");
}

/** Listens on the box of a chart; returns what ends it. */
export function moving(box: HTMLElement, store: CurveStore, plot: () => uPlot | null): () => void {
  const ends = [wheel(box, store, plot), drag(box, store, plot), touch(box, store, plot), keys(box, store)];
  return () => {
    for (const end of ends) end();
  };
}

function on<K extends keyof HTMLElementEventMap>(
  box: HTMLElement,
  name: K,
  hear: (event: HTMLElementEventMap[K]) => void,
  options: AddEventListenerOptions = {},
): () => void {
  box.addEventListener(name, hear, options);
  return () => box.removeEventListener(name, hear, options);
}

function all(ends: (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}

/** Sideways (or with Shift) moves, with Ctrl zooms; upright scrolls the page as everywhere. */
function wheel(box: HTMLElement, store: CurveStore, plot: () => uPlot | null): () => void {
  return on(
    box,
    "wheel",
    (event) => {
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        store.zoom(Math.exp(event.deltaY * 0.004), under(plot(), event.clientX));
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        if (!store.whole()) store.move(sideways * grain(plot(), store));
      }
    },
    { passive: false },
  );
}

/** A drag with Shift, or with the middle button, moves; before uPlot takes it for a selection. */
function drag(box: HTMLElement, store: CurveStore, plot: () => uPlot | null): () => void {
  let before: number | null = null;
  return all([
    on(
      box,
      "mousedown",
      (event) => {
        if (!event.shiftKey && event.button !== 1) return;
        event.preventDefault();
        event.stopPropagation();
        before = event.clientX;
        const follow = (moved: MouseEvent): void => {
          if (before === null) return;
          store.move((before - moved.clientX) * grain(plot(), store));
          before = moved.clientX;
        };
        const end = (): void => {
          before = null;
          window.removeEventListener("mousemove", follow);
          window.removeEventListener("mouseup", end);
        };
        window.addEventListener("mousemove", follow);
        window.addEventListener("mouseup", end);
      },
      { capture: true },
    ),
  ]);
}

/** One finger moves (upright it scrolls the page), two pinch. */
function touch(box: HTMLElement, store: CurveStore, plot: () => uPlot | null): () => void {
  let fingers: Touch[] = [];
  const apart = (touches: Touch[]): number => Math.abs((touches[0]?.clientX ?? 0) - (touches[1]?.clientX ?? 0));
  const middle = (touches: Touch[]): number => touches.reduce((sum, each) => sum + each.clientX, 0) / Math.max(1, touches.length);
  return all([
    on(box, "touchstart", (event) => (fingers = [...event.touches]), { passive: true }),
    on(
      box,
      "touchmove",
      (event) => {
        const now = [...event.touches];
        if (now.length === fingers.length) {
          if (now.length === 2 && apart(now) > 10) store.zoom(apart(fingers) / apart(now), under(plot(), middle(now)));
          if (!store.whole()) store.move((middle(fingers) - middle(now)) * grain(plot(), store));
        }
        fingers = now;
      },
      { passive: true },
    ),
  ]);
}

function keys(box: HTMLElement, store: CurveStore): () => void {
  return on(box, "keydown", (event) => {
    if (event.target !== box || event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to } = store.span();
    const does: Record<string, () => void> = {
      ArrowLeft: () => store.move(-(to - from) * STEP),
      ArrowRight: () => store.move((to - from) * STEP),
      "+": () => store.zoom(0.6),
      "=": () => store.zoom(0.6),
      "-": () => store.zoom(1 / 0.6),
      "0": () => store.show(null),
    };
    const found = does[event.key];
    if (found === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    found();
  });
}
