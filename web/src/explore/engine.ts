/** Two ways from z to picture: the generator in the browser, where that is possible, or on the server. */
import { bytes as fetched } from "../shared/http";
import { bytesOf, picturesOf, type Raw } from "../shared/pixels";
import { explore as texts } from "../texts/explore";
import type { Z } from "./latent";
import { apartBy, picturesFrom } from "./pictures";
import { decode as serverDecode, type Generator, type Opened } from "./wire";

export interface Made {
  readonly raw: Raw;
  /** From the wish to the bytes of the picture, as seen in this browser. */
  readonly milliseconds: number;
}

export interface Engine {
  readonly kind: "browser" | "server";
  /** Why it is the server that is at work; empty where it is not. */
  readonly words: string;
  make(z: readonly Z[], kind: string | null): Promise<Made>;
}

/** Levels of 255 by which the browser's picture may differ from the server's: rounding, and no more. */
export const MOST_APART = 2;

export function serverEngine(of: Opened, words: string): Engine {
  return {
    kind: "server",
    words,
    async make(z, kind) {
      const began = performance.now();
      const { raw } = await serverDecode(of, z, kind);
      return { raw, milliseconds: performance.now() - began };
    },
  };
}

/** The best engine for this run and browser. Whatever stands in the browser's way, the server is left. */
export async function bestEngine(of: Opened, generator: Generator, z: Z): Promise<Engine> {
  const { onnx, shape } = generator;
  if (shape.kind === "rows") return serverEngine(of, texts.engine.numbers);
  if (!onnx.available || onnx.url === null) return serverEngine(of, texts.engine.onnxMissing(onnx.words));
  try {
    const engine = await browserEngine(generator, onnx.url);
    const kind = generator.classes[0] ?? null;
    const [here, there] = await Promise.all([engine.make([z], kind), serverDecode(of, [z], kind)]);
    const levels = apartBy(bytesOf(picturesOf(here.raw)), bytesOf(picturesOf(there.raw)));
    return levels > MOST_APART ? serverEngine(of, texts.engine.differs(levels)) : engine;
  } catch (error) {
    return serverEngine(of, texts.engine.broken(error instanceof Error ? error.message : String(error)));
  }
}

async function browserEngine(generator: Generator, url: string): Promise<Engine> {
  const path = url.replace(/^\/api/, "");
  const [{ openModel }, model] = await Promise.all([import("./runtime"), fetched(path)]);
  const run = await openModel(model, generator.latent);
  return {
    kind: "browser",
    words: "",
    async make(z, kind) {
      const began = performance.now();
      const label = kind === null ? 0 : Math.max(0, generator.classes.indexOf(kind));
      const out = await run(z, generator.classes.length > 0 ? label : null);
      const raw = picturesFrom(out.data, out.dims);
      return { raw, milliseconds: performance.now() - began };
    },
  };
}
