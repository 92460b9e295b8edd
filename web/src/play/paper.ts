/** Drawing at the data's own resolution: a sheet of bytes, and strokes with soft edges on it. */

export interface Sheet {
  readonly height: number;
  readonly width: number;
  /** 1 = grey, 3 = RGB. */
  readonly channels: number;
  /** height * width * channels, row by row. */
  readonly data: Uint8Array;
}

/** A colour in the sheet's channels, 0 to 255 each. */
export type Ink = readonly number[];

export interface Spot {
  /** Pixels from the left and the top edge; the middle of the first pixel is 0.5. */
  readonly x: number;
  readonly y: number;
}

export function blank(height: number, width: number, channels: number, ink: Ink): Sheet {
  const data = new Uint8Array(height * width * channels);
  for (let i = 0; i < data.length; i++) data[i] = ink[i % channels] ?? 0;
  return { height, width, channels, data };
}

export function same(a: Sheet, b: Sheet): boolean {
  return a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);
}

/**
 * A stroke under way. What it covers is remembered by how much, so that going twice over a place, or stopping there,
 * makes it no darker than going once.
 */
export interface Stroke {
  readonly under: Sheet;
  readonly ink: Ink;
  /** Pixels. */
  readonly radius: number;
  readonly covered: Float32Array;
  readonly last: Spot;
}

export function strokeAt(under: Sheet, spot: Spot, ink: Ink, radius: number): Stroke {
  const covered = new Float32Array(under.height * under.width);
  cover(covered, under, spot, spot, radius);
  return { under, ink, radius, covered, last: spot };
}

/** The stroke led on to another spot (its memory of what is covered is shared with the stroke before). */
export function ledTo(stroke: Stroke, spot: Spot): Stroke {
  cover(stroke.covered, stroke.under, stroke.last, spot, stroke.radius);
  return { ...stroke, last: spot };
}

export function painted(stroke: Stroke): Sheet {
  const { under, ink, covered } = stroke;
  const data = under.data.slice();
  for (let pixel = 0; pixel < covered.length; pixel++) {
    const share = covered[pixel] ?? 0;
    if (share === 0) continue;
    for (let c = 0; c < under.channels; c++) {
      const i = pixel * under.channels + c;
      data[i] = Math.round((data[i] ?? 0) * (1 - share) + (ink[c] ?? 0) * share);
    }
  }
  return { ...under, data };
}

function cover(covered: Float32Array, sheet: Sheet, from: Spot, to: Spot, radius: number): void {
  const reach = radius + 1;
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
  const right = Math.min(sheet.width - 1, Math.ceil(Math.max(from.x, to.x) + reach));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const bottom = Math.min(sheet.height - 1, Math.ceil(Math.max(from.y, to.y) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const away = distance({ x: x + 0.5, y: y + 0.5 }, from, to);
      const share = Math.max(0, Math.min(1, radius + 0.5 - away));
      const at = y * sheet.width + x;
      if (share > (covered[at] ?? 0)) covered[at] = share;
    }
  }
}

/** From a spot to the nearest point of the line between two others. */
export function distance(spot: Spot, from: Spot, to: Spot): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : ((spot.x - from.x) * dx + (spot.y - from.y) * dy) / squared;
  const held = Math.max(0, Math.min(1, along));
  return Math.hypot(spot.x - from.x - held * dx, spot.y - from.y - held * dy);
}

/** Three brushes that look alike on small and on large pictures: radii in pixels. */
export function brushes(height: number, width: number): [number, number, number] {
  const side = Math.min(height, width);
  return [Math.max(0.5, side * 0.025), Math.max(0.9, side * 0.05), Math.max(1.6, side * 0.1)];
}

/** Inks to choose from: greys from white to black, or colours. */
export function palette(channels: number): Ink[] {
  if (channels === 1) return [[255], [192], [128], [64], [0]];
  return [
    [255, 255, 255],
    [150, 150, 150],
    [30, 30, 34],
    [214, 69, 56],
    [240, 150, 50],
    [248, 211, 75],
    [90, 165, 90],
    [64, 130, 200],
    [130, 90, 180],
    [140, 95, 60],
  ];
}

/** The palette's ink that stands out most from the paper: the pen one begins with. */
export function boldest(paper: Ink, inks: readonly Ink[]): Ink {
  const apart = (ink: Ink) => ink.reduce((sum, value, c) => sum + Math.abs(value - (paper[c] ?? 0)), 0);
  return inks.reduce((best, ink) => (apart(ink) > apart(best) ? ink : best), inks[0] ?? paper);
}

export function cssOf(ink: Ink): string {
  const [r = 0, g = r, b = r] = ink;
  return `rgb(${r} ${g} ${b})`;
}

/** `#rrggbb` as three channels, or their luma (ITU-R BT.601) as one. */
export function inkOf(hex: string, channels: number): Ink {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
  return channels === 1 ? [Math.round(0.299 * r + 0.587 * g + 0.114 * b)] : [r, g, b];
}

export function hexOf(ink: Ink): string {
  const [r = 0, g = r, b = r] = ink;
  return `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
