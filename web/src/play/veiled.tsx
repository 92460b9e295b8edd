/** The judge's heat over a picture. */
import { useEffect, useRef } from "preact/hooks";
import { colour, useDark } from "../shared/theme";
import { veil } from "./heat";
import type { Heat } from "./wire";

export function Veiled({ heat }: { heat: Heat | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    const own = canvas.current;
    if (own === null || heat === null) return;
    own.width = heat.width;
    own.height = heat.height;
    const values = Uint8Array.from(atob(heat.values), (letter) => letter.charCodeAt(0));
    const image = new ImageData(heat.width, heat.height);
    image.data.set(veil(values, rgbOf(colour("--forged"))));
    own.getContext("2d")?.putImageData(image, 0, 0);
  }, [heat, dark]);
  return heat === null ? null : <canvas ref={canvas} class="pl-veil" aria-hidden="true" />;
}

/** "rgb(1, 2, 3)" as numbers. */
function rgbOf(css: string): [number, number, number] {
  const [r = 0, g = 0, b = 0] = (css.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}
