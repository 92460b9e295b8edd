/** Where the page stands: which sample was chosen, and how far one has walked from it. */
import { HERE, placeAt, zOf, type Z } from "./latent";
import type { Generator, Samples } from "./wire";

export interface Standing {
  /** The samples that walk: the chosen one, or all of them where one picture shows many. */
  readonly starts: readonly Z[];
  /** Which of `starts` is the chosen one. */
  readonly chosen: number;
  readonly kind: string | null;
  /** Place on the wall, or a favourite's id. */
  readonly from: number | string;
  readonly at: readonly [number, number];
  readonly amounts: readonly number[];
}

export function onWall(generator: Generator, wall: Samples, k: number): Standing {
  const all = generator.shape.kind === "rows";
  const z = wall.z[k] ?? [];
  return stand(generator, all ? wall.z : [z], all ? k : 0, wall.classes?.[k] ?? null, k);
}

export function onFavourite(generator: Generator, z: Z, kind: string | null, id: string): Standing {
  return stand(generator, [z], 0, kind ?? generator.classes[0] ?? null, id);
}

function stand(generator: Generator, starts: readonly Z[], chosen: number, kind: string | null, from: number | string): Standing {
  return { starts, chosen, kind, from, at: HERE, amounts: placeAt([], generator.directions.length).amounts };
}

/** The same step from each start; the map's place can be another than where one stands. */
export function walked(generator: Generator, standing: Standing, at = standing.at): number[][] {
  const along = generator.directions.map((direction) => direction.z);
  const { map, typical_step, uniform } = generator;
  return standing.starts.map((start) => zOf({ start, at, amounts: standing.amounts }, map, along, typical_step, uniform));
}

export function chosenZ(generator: Generator, standing: Standing): number[] {
  return walked(generator, standing)[standing.chosen] ?? [];
}

export function isMoved(standing: Standing): boolean {
  return standing.at[0] !== 0 || standing.at[1] !== 0 || standing.amounts.some((amount) => amount !== 0);
}

export function returned(standing: Standing): Standing {
  return { ...standing, at: HERE, amounts: standing.amounts.map(() => 0) };
}

/** Squares of the map on a side. */
export const SQUARES = 7;

/** The z of the map's squares, row by row from the top. */
export function mapZ(generator: Generator, standing: Standing): number[][] {
  const one = { ...standing, starts: standing.starts.slice(standing.chosen, standing.chosen + 1), chosen: 0 };
  const places = Array.from({ length: SQUARES }, (_, i) => (2 * (i + 0.5)) / SQUARES - 1);
  return [...places].reverse().flatMap((y) => places.flatMap((x) => walked(generator, one, [x, y])));
}
