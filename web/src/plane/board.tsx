/** The canvas of the plane, with its layers and its words for those who do not see it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { still, useDark } from "../shared/theme";
import { Check } from "../shared/ui";
import { plane } from "../texts/watch";
import { between, draw, heat, shapeOf, tones, type Layers, type Pair, type View } from "./drawing";

const MOVES = 260;

/** Where forgeries are drawn between two views: they glide, unless the reader wants no movement. */
function useGliding(view: View, paint: (fake: readonly Pair[]) => void): void {
  const before = useRef<readonly Pair[]>(view.fake);
  useEffect(() => {
    const from = before.current;
    const began = performance.now();
    let frame = 0;
    const step = (): void => {
      const share = still() || from === view.fake ? 1 : Math.min(1, (performance.now() - began) / MOVES);
      const now = between(from, view.fake, 1 - (1 - share) ** 3);
      before.current = now;
      paint(now);
      if (share < 1) frame = requestAnimationFrame(step);
    };
    step();
    return () => cancelAnimationFrame(frame);
  });
}

export function Board({ view }: { view: View }) {
  const [layers, setLayers] = useState<Layers>({ verdict: true, real: true, fake: true, push: true });
  const isDark = useDark();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const shape = shapeOf(view.bounds);
  useEffect(() => {
    const own = canvas.current;
    if (own === null) return undefined;
    const sized = new ResizeObserver(() => setWidth(Math.round(own.clientWidth * devicePixelRatio)));
    sized.observe(own);
    return () => sized.disconnect();
  }, []);
  const made = useRef<{ view: View; dark: boolean; heat: HTMLCanvasElement; shades: ReturnType<typeof tones> } | null>(null);
  useGliding(view, (fake) => {
    const own = canvas.current;
    if (own === null || width === 0) return;
    if (made.current?.view !== view || made.current.dark !== isDark) {
      const shades = tones();
      made.current = { view, dark: isDark, shades, heat: heat(view, shades) };
    }
    const height = Math.round(width / shape);
    if (own.width !== width) own.width = width;
    if (own.height !== height) own.height = height;
    draw(own, { ...made.current, fake, layers });
  });
  return (
    <figure class="board">
      <canvas
        ref={canvas}
        role="img"
        aria-label={plane.alt(view.real.length, view.fake.length, view.words)}
        style={{ aspectRatio: String(shape), maxWidth: `${62 * shape}vh` }}
      />
      <figcaption>
        <LayerBox layers={layers} set={setLayers} />
        <p class="small quiet">{plane.axes(...view.columns)}</p>
      </figcaption>
    </figure>
  );
}

const KEYS = {
  real: <circle cx="7" cy="7" r="3.6" fill="var(--real)" />,
  fake: <path d="M7 1.5 12.5 7 7 12.5 1.5 7z" fill="var(--forged)" />,
  push: <path d="M1 7h8M8 3.5 13 7l-5 3.5z" fill="currentColor" stroke="currentColor" />,
} as const;

/** Which layers are drawn; a legend too. */
function LayerBox({ layers, set }: { layers: Layers; set: (layers: Layers) => void }) {
  const box = (name: keyof Layers) => ({
    label: plane[name],
    checked: layers[name],
    onChange: (on: boolean) => set({ ...layers, [name]: on }),
  });
  return (
    <fieldset class="layers">
      <legend class="hidden">{plane.layers}</legend>
      {(["real", "fake", "push"] as const).map((name) => (
        <Check key={name} {...box(name)}>
          <svg width="14" height="14" aria-hidden="true">
            {KEYS[name]}
          </svg>
        </Check>
      ))}
      <Check {...box("verdict")} />
      <span class="verdict-key small quiet" aria-hidden="true">
        {plane.verdictLow}
        <span class="ramp" />
        {plane.verdictHigh}
      </span>
    </fieldset>
  );
}
