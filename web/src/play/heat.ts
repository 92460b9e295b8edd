/** What gives a picture away, as a veil of one colour over it. */

/** Below this share of the greatest heat nothing is veiled, so that the picture stays visible. */
const QUIET = 0.15;

/**
 * RGBA bytes of a veil.
 *
 * @param values how much each pixel gives the picture away, 0 to 255
 * @param colour r, g, b
 * @param most opacity where the heat is greatest, 0 to 1
 */
export function veil(values: Uint8Array, colour: readonly [number, number, number], most = 0.6): Uint8ClampedArray {
  const out = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const heat = Math.max(0, ((values[i] ?? 0) / 255 - QUIET) / (1 - QUIET));
    out[4 * i] = colour[0];
    out[4 * i + 1] = colour[1];
    out[4 * i + 2] = colour[2];
    out[4 * i + 3] = 255 * most * heat;
  }
  return out;
}
