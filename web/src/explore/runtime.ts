/** The generator in this browser: ONNX on WebAssembly, one thread. A part of its own, fetched only when it is used. */
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import type { Z } from "./latent";

export interface Output {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Runs the generator; label null where it knows no classes. */
export type Model = (z: readonly Z[], label: number | null) => Promise<Output>;

export async function openModel(bytes: Uint8Array, latent: number): Promise<Model> {
  env.wasm.numThreads = 1; // more would need headers that keep the page from being embedded or shared
  env.wasm.wasmPaths = { wasm };
  env.logLevel = "error";
  const session = await InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  const [zName = "z", labelName] = session.inputNames;
  const [outName = "output"] = session.outputNames;
  return async (z, label) => {
    const feeds: Record<string, Tensor> = {
      [zName]: new Tensor("float32", Float32Array.from(z.flat()), [z.length, latent]),
    };
    if (labelName !== undefined) {
      const labels = new BigInt64Array(z.length).fill(BigInt(label ?? 0));
      feeds[labelName] = new Tensor("int64", labels, [z.length]);
    }
    const out = (await session.run(feeds))[outName];
    if (out === undefined || !(out.data instanceof Float32Array)) throw new Error("the model gives no picture");
    return { data: out.data, dims: out.dims };
  };
}
