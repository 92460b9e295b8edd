/** What the generator in the browser gives, as pictures, and how far they are from the server's. */
import { fromBytes, type PixelsRaw } from "../shared/pixels";

/** (n, channels, height, width) in [-1, 1] as bytes, the way the server rounds them. */
export function picturesFrom(data: Float32Array, dims: readonly number[]): PixelsRaw {
  const [n = 0, channels = 1, height = 0, width = 0] = dims;
  const plane = height * width;
  const out = new Uint8Array(n * plane * channels);
  for (let picture = 0; picture < n; picture++) {
    for (let c = 0; c < channels; c++) {
      const from = (picture * channels + c) * plane;
      for (let at = 0; at < plane; at++) {
        const level = Math.round(((data[from + at] ?? 0) + 1) * 127.5);
        out[(picture * plane + at) * channels + c] = level < 0 ? 0 : level > 255 ? 255 : level;
      }
    }
  }
  return fromBytes(out, n, height, width, channels);
}

/** The greatest difference of two pictures' bytes; pictures of unlike size are as far apart as can be. */
export function apartBy(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return 255;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}
