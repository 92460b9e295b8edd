/** What a forger begins on: paper of the data's own ground, or the part of the plane where its points lie. */
import type { Ink } from "./paper";
import type { Frame } from "./points";
import type { Judge } from "./wire";

export interface Scene {
  readonly ground: Ink;
  /** null where there are more or fewer than two columns. */
  readonly frame: Frame | null;
}

/** Of the points' reach, on each side of them. */
const MARGIN = 0.15;

/** As the judge tells it of the data. */
export function sceneOf({ item, paper, bounds }: Pick<Judge, "item" | "paper" | "bounds">): Scene {
  const ground = paper ?? new Array<number>(item.channels).fill(255);
  if (bounds === null) return { ground, frame: null };
  const [x0, x1, y0, y1] = bounds;
  return { ground, frame: { x: widened(x0, x1), y: widened(y0, y1) } };
}

function widened(low: number, high: number): [number, number] {
  const margin = (high - low || 1) * MARGIN;
  return [low - margin, high + margin];
}
