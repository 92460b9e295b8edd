/** The plane on a canvas: the verdict as a heat map, real points, forgeries, and where each is pushed. */
import { colour } from "../shared/theme";

export type Pair = [number, number];

export interface View {
  kimg: number;
  step: number;
  bounds: [number, number, number, number];
  columns: [string, string];
  real: Pair[];
  fake: Pair[];
  /** Minus the gradient of G's own loss at each forgery, in data units; the longest would cross the plane. */
  push: Pair[];
  push_scale: number;
  verdict: { n: number; values: number[] };
  real_score: number;
  fake_score: number;
  told_apart: number;
  words: string;
}

export interface Layers {
  verdict: boolean;
  real: boolean;
  fake: boolean;
  push: boolean;
}

export interface Tones {
  real: Rgb;
  fake: Rgb;
  paper: Rgb;
  ink: string;
}

type Rgb = [number, number, number];

/** The longest arrow, as a share of the plane. */
const LONGEST = 0.11;

export function tones(): Tones {
  return { real: rgb(colour("--real")), fake: rgb(colour("--forged")), paper: rgb(colour("--sheet")), ink: colour("--ink") };
}

/** "rgb(1, 2, 3)" as numbers. */
export function rgb(words: string): Rgb {
  const found = words.match(/[\d.]+/g) ?? [];
  return [Number(found[0] ?? 0), Number(found[1] ?? 0), Number(found[2] ?? 0)];
}

/** 0 = surely forged, 0.5 = cannot tell, which is plain paper, 1 = surely real. */
export function blend(verdict: number, { real, fake, paper }: Pick<Tones, "real" | "fake" | "paper">): Rgb {
  const side = verdict >= 0.5 ? real : fake;
  const strength = Math.min(1, Math.abs(verdict - 0.5) * 2) * 0.5;
  return [0, 1, 2].map((at) => Math.round((paper[at] ?? 0) + ((side[at] ?? 0) - (paper[at] ?? 0)) * strength)) as Rgb;
}

/** Points part of the way from where they were to where they are. */
export function between(before: readonly Pair[], after: readonly Pair[], share: number): readonly Pair[] {
  if (before.length !== after.length || share >= 1) return after;
  return after.map(([x, y], at) => {
    const [fromX, fromY] = before[at] ?? [x, y];
    return [fromX + (x - fromX) * share, fromY + (y - fromY) * share];
  });
}

/** Width over height of the plane; square where the axes have little to do with each other. */
export function shapeOf([x0, x1, y0, y1]: View["bounds"]): number {
  const ratio = (x1 - x0) / (y1 - y0);
  return ratio > 0.6 && ratio < 1.7 ? ratio : 1;
}

/** The verdict as a small picture, one pixel a cell, the highest y on top. */
export function heat(view: View, shades: Tones): HTMLCanvasElement {
  const { n, values } = view.verdict;
  const small = document.createElement("canvas");
  small.width = n;
  small.height = n;
  const image = new ImageData(n, n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const tone = blend(values[row * n + column] ?? 0.5, shades);
      const to = 4 * ((n - 1 - row) * n + column);
      image.data.set([...tone, 255], to);
    }
  }
  small.getContext("2d")?.putImageData(image, 0, 0);
  return small;
}

/** Shares of the points that a frame may leave out on each side, and the room around the rest. */
const BEYOND = 0.02;
const ROOM = 0.25;

/** Bounds in which all but the farthest points lie, with room to move; null where there are no finite ones. */
export function frameOf(points: readonly Pair[]): View["bounds"] | null {
  const [across, up] = [0, 1].map((axis) => points.map((point) => point[axis] ?? NaN).filter(Number.isFinite));
  if (across === undefined || up === undefined || across.length === 0 || up.length === 0) return null;
  const [x0, x1] = spread(across);
  const [y0, y1] = spread(up);
  const [wide, high] = [x1 - x0, y1 - y0];
  // Axes of about the same range are of the same scale, so that a circle is one
  const alike = wide > 0.5 * high && wide < 2 * high;
  const addX = alike ? Math.max(0, high - wide) / 2 : 0;
  const addY = alike ? Math.max(0, wide - high) / 2 : 0;
  return [x0 - addX, x1 + addX, y0 - addY, y1 + addY];
}

function spread(values: readonly number[]): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(BEYOND), at(1 - BEYOND)];
  const room = ROOM * (high - low) || Math.abs(low) || 1;
  return [low - room, high + room];
}

/** How many points lie outside, those that are not finite among them. */
export function outside(points: readonly Pair[], [x0, x1, y0, y1]: View["bounds"]): number {
  return points.filter(([x, y]) => !(x >= x0 && x <= x1 && y >= y0 && y <= y1)).length;
}

/** Forgeries alone; the one that is `chosen` stands out. */
export function drawPoints(canvas: HTMLCanvasElement, points: readonly Pair[], bounds: View["bounds"], shades: Tones, chosen: number | null): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const { width, height } = canvas;
  const [x0, x1, y0, y1] = bounds;
  const place = ([x, y]: Pair): Pair => [((x - x0) / (x1 - x0)) * width, (1 - (y - y0) / (y1 - y0)) * height];
  const unit = Math.max(1, width / 400);
  pen.fillStyle = css(shades.paper);
  pen.fillRect(0, 0, width, height);
  diamonds(pen, points.map(place), shades, unit);
  const one = chosen === null ? undefined : points[chosen];
  if (one === undefined) return;
  const [x, y] = place(one);
  pen.strokeStyle = shades.ink;
  pen.lineWidth = 1.6 * unit;
  pen.beginPath();
  pen.arc(x, y, 8 * unit, 0, 2 * Math.PI);
  pen.stroke();
}

/** A small plot in each of `side` x `side` squares: where the sample of that square lies in the frame. */
export function drawPlaces(canvas: HTMLCanvasElement, points: readonly Pair[], [x0, x1, y0, y1]: View["bounds"], shades: Tones, side: number): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const cell = canvas.width / side;
  pen.fillStyle = css(shades.paper);
  pen.fillRect(0, 0, canvas.width, canvas.height);
  points.forEach((point, at) => {
    const [left, top] = [(at % side) * cell, Math.floor(at / side) * cell];
    const within = (share: number): number => 0.12 + 0.76 * Math.min(1, Math.max(0, share));
    const x = left + cell * within((point[0] - x0) / (x1 - x0));
    const y = top + cell * within(1 - (point[1] - y0) / (y1 - y0));
    pen.strokeStyle = css(shades.fake, 0.25);
    pen.lineWidth = 1;
    pen.strokeRect(left + 0.5, top + 0.5, cell - 1, cell - 1);
    pen.beginPath(); // from the middle of the frame to where it goes: alike samples are seen at a glance
    pen.moveTo(left + cell / 2, top + cell / 2);
    pen.lineTo(x, y);
    pen.strokeStyle = css(shades.fake, 0.55);
    pen.lineWidth = cell / 24;
    pen.stroke();
    diamonds(pen, [[x, y]], shades, cell / 36);
  });
}

interface Scene {
  view: View;
  fake: readonly Pair[];
  layers: Layers;
  shades: Tones;
  heat: HTMLCanvasElement;
}

/** Draws it all; `size` in device pixels. */
export function draw(canvas: HTMLCanvasElement, scene: Scene): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const { width, height } = canvas;
  const { view, layers, shades } = scene;
  const [x0, x1, y0, y1] = view.bounds;
  const place = ([x, y]: Pair): Pair => [((x - x0) / (x1 - x0)) * width, (1 - (y - y0) / (y1 - y0)) * height];
  const unit = Math.max(1, width / 560);
  pen.fillStyle = css(shades.paper);
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  if (layers.verdict) pen.drawImage(scene.heat, 0, 0, width, height);
  if (layers.real) dots(pen, view.real.map(place), css(shades.real), unit);
  if (layers.push) arrows(pen, scene.fake, view, place, shades, unit);
  if (layers.fake) diamonds(pen, scene.fake.map(place), shades, unit);
}

function css([red, green, blue]: Rgb, opacity = 1): string {
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

function dots(pen: CanvasRenderingContext2D, points: readonly Pair[], tone: string, unit: number): void {
  pen.fillStyle = tone;
  pen.globalAlpha = 0.75;
  for (const [x, y] of points) {
    pen.beginPath();
    pen.arc(x, y, 2.6 * unit, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

/** Forgeries differ by shape too, not by colour alone. */
function diamonds(pen: CanvasRenderingContext2D, points: readonly Pair[], shades: Tones, unit: number): void {
  const size = 3.7 * unit;
  pen.fillStyle = css(shades.fake);
  pen.strokeStyle = css(shades.paper);
  pen.lineWidth = 0.8 * unit;
  for (const [x, y] of points) {
    pen.beginPath();
    pen.moveTo(x, y - size);
    pen.lineTo(x + size, y);
    pen.lineTo(x, y + size);
    pen.lineTo(x - size, y);
    pen.closePath();
    pen.fill();
    pen.stroke();
  }
}

function arrows(
  pen: CanvasRenderingContext2D,
  from: readonly Pair[],
  view: View,
  place: (point: Pair) => Pair,
  shades: Tones,
  unit: number,
): void {
  if (view.push_scale <= 0) return;
  pen.strokeStyle = shades.ink;
  pen.fillStyle = shades.ink;
  pen.globalAlpha = 0.62;
  pen.lineWidth = 1.1 * unit;
  from.forEach((point, at) => {
    const [dx, dy] = view.push[at] ?? [0, 0];
    const [x, y] = place(point);
    const [toX, toY] = place([point[0] + dx * LONGEST, point[1] + dy * LONGEST]);
    const length = Math.hypot(toX - x, toY - y);
    if (length < 4 * unit) return;
    const along: Pair = [(toX - x) / length, (toY - y) / length];
    const head = Math.min(4.5 * unit, length / 2);
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(toX - along[0] * head, toY - along[1] * head);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(toX, toY);
    pen.lineTo(toX - along[0] * head - along[1] * head * 0.5, toY - along[1] * head + along[0] * head * 0.5);
    pen.lineTo(toX - along[0] * head + along[1] * head * 0.5, toY - along[1] * head - along[0] * head * 0.5);
    pen.fill();
  });
  pen.globalAlpha = 1;
}
