/** Arithmetic in latent space: what the map, the sliders and the way between two favourites do to z. */

export type Z = readonly number[];

/** Where the map's two axes lead, and how far it reaches on both sides of its middle, in units of z. */
export interface Plane {
  readonly u: Z;
  readonly v: Z;
  readonly extent: number;
}

/** A place in latent space as it is steered: a start, a step on the map, and an amount for each direction. */
export interface Place {
  readonly start: Z;
  /** On the map, from -1 to 1 on both axes; up is positive. */
  readonly at: readonly [number, number];
  /** In units of a typical step. */
  readonly amounts: readonly number[];
}

export const HERE: readonly [number, number] = [0, 0];

export function placeAt(start: Z, directions: number): Place {
  return { start, at: HERE, amounts: new Array<number>(directions).fill(0) };
}

/** `z + amount * along`, without changing either. */
export function plus(z: Z, along: Z, amount: number): number[] {
  return z.map((value, i) => value + amount * (along[i] ?? 0));
}

export function length(z: Z): number {
  return Math.sqrt(dot(z, z));
}

export function dot(a: Z, b: Z): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** The z of a place; where z is bounded, it stays within -1 and 1. */
export function zOf(place: Place, plane: Plane, directions: readonly Z[], step: number, bounded: boolean): number[] {
  let z = plus(place.start, plane.u, place.at[0] * plane.extent);
  z = plus(z, plane.v, place.at[1] * plane.extent);
  place.amounts.forEach((amount, i) => {
    const along = directions[i];
    if (along !== undefined && amount !== 0) z = plus(z, along, amount * step);
  });
  return bounded ? z.map((value) => Math.max(-1, Math.min(1, value))) : z;
}

export function moved(place: Place): boolean {
  return place.at[0] !== 0 || place.at[1] !== 0 || place.amounts.some((amount) => amount !== 0);
}

/** A step on the map that stays on it. */
export function stepped(at: readonly [number, number], dx: number, dy: number): [number, number] {
  const held = (value: number) => Math.max(-1, Math.min(1, Math.round(value * 1000) / 1000));
  return [held(at[0] + dx), held(at[1] + dy)];
}

/**
 * The z at `share` (0 to 1) of the way from one z to another, as the generator's own game goes it: normal numbers on a
 * great circle (Shoemake 1985), bounded ones on the straight line, and coins (at these places) turn one after another.
 */
export function between(from: Z, to: Z, share: number, bounded: boolean, places: readonly number[] = []): number[] {
  const coins = from.map((_, i) => places.includes(i));
  const count = places.length;
  const normal = bounded ? null : greatCircle(without(from, coins), without(to, coins), share);
  let coin = 0;
  let plain = 0;
  return from.map((value, i) => {
    const end = to[i] ?? 0;
    if (coins[i] === true) return (coin++ + 0.5) / count < share ? end : value;
    return normal === null ? value + (end - value) * share : (normal[plain++] ?? 0);
  });
}

function without(z: Z, left: readonly boolean[]): number[] {
  return z.filter((_, i) => left[i] !== true);
}

function greatCircle(from: Z, to: Z, share: number): number[] {
  const cosine = dot(from, to) / Math.max(length(from) * length(to), 1e-12);
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
  const sine = Math.sin(angle);
  const straight = Math.abs(sine) < 1e-4;
  const a = straight ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const b = straight ? share : Math.sin(share * angle) / sine;
  return from.map((value, i) => a * value + b * (to[i] ?? 0));
}

/** There and back in `period` seconds, slow at both ends: how far a film has got. */
export function swing(seconds: number, period: number): number {
  return (1 - Math.cos((2 * Math.PI * seconds) / period)) / 2;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
