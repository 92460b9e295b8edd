/** What was, what is, and what was taken back. Immutable, so that a page can hold it as its state. */

export interface Undoing<T> {
  readonly past: readonly T[];
  readonly now: T;
  readonly future: readonly T[];
}

/** Steps that can be taken back; a picture of 256 pixels in colour is 200 KB. */
export const KEPT = 60;

export function begun<T>(now: T): Undoing<T> {
  return { past: [], now, future: [] };
}

export function done<T>(undoing: Undoing<T>, now: T): Undoing<T> {
  return { past: [...undoing.past, undoing.now].slice(-KEPT), now, future: [] };
}

export function undone<T>(undoing: Undoing<T>): Undoing<T> {
  const last = undoing.past[undoing.past.length - 1];
  if (last === undefined) return undoing;
  return { past: undoing.past.slice(0, -1), now: last, future: [undoing.now, ...undoing.future] };
}

export function redone<T>(undoing: Undoing<T>): Undoing<T> {
  const [next, ...rest] = undoing.future;
  if (next === undefined) return undoing;
  return { past: [...undoing.past, undoing.now], now: next, future: rest };
}
