/** Samples as they come over the wire, drawn sharply. */
import { useEffect, useRef } from "preact/hooks";
import { colour, useDark } from "./theme";

/** Pictures: n x height x width x channels unsigned bytes, base64. */
export interface PixelsRaw {
  kind: "pixels";
  n: number;
  height: number;
  width: number;
  channels: number;
  data: string;
}

/** Numbers: one row each, and the domain's own picture of them together. */
export interface RowsRaw {
  kind: "rows";
  n: number;
  columns: string[];
  rows: (number | null)[][];
  preview: PixelsRaw;
}

export type Raw = PixelsRaw | RowsRaw;

const decoded = new WeakMap<PixelsRaw, Uint8Array>();

/** The bytes of pictures; kept, as each is drawn more than once. */
export function bytesOf(raw: PixelsRaw): Uint8Array {
  const kept = decoded.get(raw);
  if (kept !== undefined) return kept;
  const text = atob(raw.data);
  const made = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) made[at] = text.charCodeAt(at);
  decoded.set(raw, made);
  return made;
}

/** Pictures made in this browser, as if they had come over the wire; `data` stays empty. */
export function fromBytes(bytes: Uint8Array, n: number, height: number, width: number, channels: number): PixelsRaw {
  const raw: PixelsRaw = { kind: "pixels", n, height, width, channels, data: "" };
  decoded.set(raw, bytes);
  return raw;
}

/** Bytes as base64, for the way back. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** height x width x channels bytes (1, 2 = grey and alpha, 3, 4) as RGBA. */
export function rgba(bytes: Uint8Array, height: number, width: number, channels: number): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(height * width * 4);
  for (let at = 0; at < height * width; at++) {
    const from = at * channels;
    const first = bytes[from] ?? 0;
    out[4 * at] = first;
    out[4 * at + 1] = channels >= 3 ? (bytes[from + 1] ?? 0) : first;
    out[4 * at + 2] = channels >= 3 ? (bytes[from + 2] ?? 0) : first;
    out[4 * at + 3] = channels === 4 ? (bytes[from + 3] ?? 255) : channels === 2 ? (bytes[from + 1] ?? 255) : 255;
  }
  return out;
}

/** Pictures of what came: themselves, or the preview of rows. */
export function picturesOf(raw: Raw): PixelsRaw {
  return raw.kind === "pixels" ? raw : raw.preview;
}

/** Draws picture `index` at its own size into the canvas, which CSS then scales without smoothing. */
export function drawPixels(canvas: HTMLCanvasElement, raw: Raw, index = 0): void {
  const pictures = picturesOf(raw);
  const each = pictures.height * pictures.width * pictures.channels;
  drawBytes(canvas, bytesOf(pictures).subarray(index * each, (index + 1) * each), pictures.height, pictures.width);
}

/** Draws what came: pictures as they are, a drawing of rows on the page's own plate, which is not white in the dark. */
export function drawRaw(canvas: HTMLCanvasElement, raw: Raw, index = 0): void {
  drawPixels(canvas, raw, index);
  if (raw.kind === "rows") tint(canvas);
}

/** Turns the white of a drawing into the plate's colour, and leaves its darker colours nearly as they are. */
export function tint(canvas: HTMLCanvasElement): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.globalCompositeOperation = "multiply";
  pen.fillStyle = colour("--plate");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.globalCompositeOperation = "source-over";
}

/** How a canvas of this is scaled: pixels sharply, drawings of rows smoothly, so that their words can be read. */
export function scaling(raw: Raw): string {
  return raw.kind === "rows" ? "drawing" : "pixels";
}

/** Draws one picture's bytes; the number of channels follows from their length. */
export function drawBytes(canvas: HTMLCanvasElement, bytes: Uint8Array, height: number, width: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const channels = Math.round(bytes.length / (height * width));
  const image = new ImageData(rgba(bytes, height, width, channels), width, height);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** The greatest whole number of times a picture fits into `room` CSS pixels, at least 1. */
export function timesIn(room: number, side: number): number {
  return Math.max(1, Math.floor(room / side));
}

interface PixelsProps {
  raw: Raw;
  index?: number;
  /** CSS pixels a pixel; without it the picture fills its box. */
  scale?: number;
  label: string;
  class?: string;
}

export function Pixels({ raw, index = 0, scale, label, class: name }: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDark();
  useEffect(() => {
    if (canvas.current !== null) drawRaw(canvas.current, raw, index);
  }, [raw, index, dark]);
  const { width, height } = picturesOf(raw);
  const style = scale === undefined ? undefined : { width: `${width * scale}px`, height: `${height * scale}px` };
  return <canvas ref={canvas} role="img" aria-label={label} class={`${scaling(raw)} ${name ?? ""}`} style={style} />;
}

/** Picture `index` as a PNG, each pixel `scale` times as wide and high. */
export async function toPng(raw: Raw, index = 0, scale = 1): Promise<Blob> {
  const small = document.createElement("canvas");
  drawPixels(small, raw, index);
  const large = document.createElement("canvas");
  large.width = small.width * scale;
  large.height = small.height * scale;
  const pen = large.getContext("2d");
  if (pen === null) throw new Error("This browser has no canvas.");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, large.width, large.height);
  return new Promise((done, fail) => {
    large.toBlob((blob) => (blob === null ? fail(new Error("The picture could not be written.")) : done(blob)), "image/png");
  });
}

/** Hands a file to the reader. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
