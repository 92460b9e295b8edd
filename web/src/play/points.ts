/** Points in the plane, placed and rubbed out by hand. */

export type Point = readonly [number, number];

/** What of the plane is shown, in the data's units. */
export interface Frame {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** From the picture (0 to 1 from the left, 0 to 1 from the top) to the data's units: y grows upwards there. */
export function toData(frame: Frame, left: number, top: number): Point {
  return [frame.x[0] + left * (frame.x[1] - frame.x[0]), frame.y[1] - top * (frame.y[1] - frame.y[0])];
}

export function toPicture(frame: Frame, point: Point): [number, number] {
  return [
    (point[0] - frame.x[0]) / (frame.x[1] - frame.x[0]),
    (frame.y[1] - point[1]) / (frame.y[1] - frame.y[0]),
  ];
}

/** Without those within `reach` of a place; `reach` is a share of the frame's sides. */
export function rubbed(points: readonly Point[], frame: Frame, at: Point, reach: number): Point[] {
  const [left, top] = toPicture(frame, at);
  return points.filter((point) => {
    const [x, y] = toPicture(frame, point);
    return Math.hypot(x - left, y - top) > reach;
  });
}

/** So many points around a place, thickest in the middle; `wide` is a share of the frame's sides. */
export function sprayed(frame: Frame, at: Point, wide: number, count: number, chance: () => number): Point[] {
  const [left, top] = toPicture(frame, at);
  return Array.from({ length: count }, () => {
    const angle = 2 * Math.PI * chance();
    const far = wide * chance();
    return toData(frame, held(left + far * Math.cos(angle)), held(top + far * Math.sin(angle)));
  });
}

function held(share: number): number {
  return Math.max(0, Math.min(1, share));
}

export interface Rows {
  readonly rows: readonly (readonly number[])[];
  /** Lines that are no row of so many numbers; the first line may be a header and is not counted. */
  readonly bad: number;
}

/** Rows of numbers out of pasted text: commas, semicolons, tabs or blanks between them. */
export function rowsOf(text: string, columns: number): Rows {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const rows: number[][] = [];
  let bad = 0;
  lines.forEach((line, at) => {
    const cells = line.split(/[,;\t]\s*|\s+/).map((cell) => (cell === "" ? Number.NaN : Number(cell)));
    if (cells.length === columns && cells.every(Number.isFinite)) rows.push(cells);
    else if (at > 0 || cells.some(Number.isFinite)) bad += 1;
  });
  return { rows, bad };
}
