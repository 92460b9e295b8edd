/** What the server tells for the page Explore, and how it is asked. */
import { del, get, of, post, postForBlob } from "../shared/http";
import type { Raw } from "../shared/pixels";
import type { Plane, Z } from "./latent";

export interface Direction {
  readonly name: string;
  /** Of the variance, 0 to 1. */
  readonly share: number;
  readonly z: Z;
}

export interface Generator {
  /** In words. */
  readonly checkpoint: string;
  readonly step: number;
  readonly latent: number;
  /** Places in z whose numbers are -1 or 1 and nothing between. */
  readonly coins: readonly number[];
  readonly classes: readonly string[];
  readonly shape: Shape;
  readonly directions: readonly Direction[];
  readonly method: string;
  readonly typical_step: number;
  readonly map: Plane;
  /** z lies between -1 and 1. */
  readonly uniform: boolean;
  readonly onnx: Onnx;
}

export interface Shape {
  readonly kind: "pixels" | "rows";
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number | null;
  readonly columns: readonly string[] | null;
}

export interface Onnx {
  readonly available: boolean;
  readonly url: string | null;
  readonly bytes: number | null;
  /** Why not, where it is not. */
  readonly words: string;
  /** It will be there soon. */
  readonly making: boolean;
}

/** Of which generator something is asked: the one that this page was opened with, though a better one may come. */
export interface Opened {
  readonly run: string;
  readonly step: number;
}

export interface Samples {
  readonly z: readonly Z[];
  /** The class of each, where there are classes. */
  readonly classes: readonly string[] | null;
  readonly raw: Raw;
}

export interface Decoded {
  readonly raw: Raw;
  readonly milliseconds: number;
}

export interface Neighbours {
  readonly raw: Raw;
  readonly distances: readonly number[];
  /** Median distance between neighbours in the data. */
  readonly typical: number;
  readonly words: string;
}

export interface Favourite {
  readonly id: string;
  readonly z: Z;
  readonly class: string | null;
  /** Unix seconds. */
  readonly made: number;
  readonly raw: Raw;
}

export interface Wish {
  readonly seed: number;
  readonly truncation: number;
  readonly kind: string | null;
}

/** Samples on the wall. */
export const WALL = 48;

export function generator(run: string): Promise<Generator> {
  return get(of(run, "/explore"));
}

export function samples({ run, step }: Opened, wish: Wish, n = WALL): Promise<Samples> {
  return post(of(run, "/explore/samples"), { seed: wish.seed, n, truncation: wish.truncation, class: wish.kind, step });
}

export function decode({ run, step }: Opened, z: readonly Z[], kind: string | null): Promise<Decoded> {
  return post(of(run, "/explore/decode"), { z, class: kind, step });
}

export function nearest({ run, step }: Opened, z: Z, kind: string | null, n = 6): Promise<Neighbours> {
  return post(of(run, "/explore/nearest"), { z, class: kind, n, step });
}

export function film({ run, step }: Opened, from: Z, to: Z, kind: string | null, frames = 40): Promise<Blob> {
  return postForBlob(of(run, "/explore/film"), { from, to, class: kind, frames, step });
}

/** The newest first. */
export function favourites(run: string): Promise<Favourite[]> {
  return get(of(run, "/explore/favourites"));
}

export function keep({ run, step }: Opened, z: Z, kind: string | null): Promise<Favourite> {
  return post(of(run, "/explore/favourites"), { z, class: kind, step });
}

export function forget(run: string, id: string): Promise<unknown> {
  return del(of(run, `/explore/favourites/${encodeURIComponent(id)}`));
}
