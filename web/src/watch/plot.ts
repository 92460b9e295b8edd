/** One chart drawn by uPlot: its lines, bands, floor and signs, and the ways to move in it. */
import uPlot from "uplot";
import type { Sign } from "../shared/api";
import { k, number } from "../shared/format";
import { colour } from "../shared/theme";
import { moving } from "./moving";
import { heights } from "./model";
import type { CurveStore, LineOfRun } from "./store";

const COLOURS = ["--real", "--forged", "--third", "--fourth", "--fifth", "--sixth"];
const MARKS = ["--quiet", "--warn", "--bad", "--third", "--good", "--shade"];
const DASHES = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

/** The colour of a line: by its side where one run is shown, by its run where there are several. */
export function lineColour(each: LineOfRun, place: number, runs: number): string {
  if (runs > 1) return COLOURS[each.at % COLOURS.length] ?? "--ink";
  const ending = each.line.name.split(".").at(-1) ?? "";
  if (ending === "fake" || each.line.name.startsWith("generator") || each.line.name === "samples") return "--forged";
  if (ending === "real" || each.line.name.startsWith("discriminator.adversarial")) return "--real";
  return COLOURS[place % COLOURS.length] ?? "--ink";
}

export interface Drawn {
  each: LineOfRun;
  colour: string;
  dash: number[];
}

/** Lines as they are drawn: of several runs, those of one run share a colour and differ by dashes. */
export function drawn(lines: readonly LineOfRun[]): Drawn[] {
  const runs = new Set(lines.map((each) => each.at)).size;
  const ofRun = new Map<number, number>();
  return lines.map((each) => {
    const place = ofRun.get(each.at) ?? 0;
    ofRun.set(each.at, place + 1);
    return { each, colour: lineColour(each, place, runs), dash: runs > 1 ? (DASHES[place % DASHES.length] ?? []) : [] };
  });
}

type Column = (number | null)[];

function positive(values: Column, log: boolean): Column {
  return log ? values.map((value) => (value !== null && value > 0 ? value : null)) : values;
}

/** A band that reaches down to nothing or below reaches to the bottom of a logarithmic axis. */
function low(values: Column, log: boolean): Column {
  return log ? values.map((value) => (value === null ? null : Math.max(value, Number.MIN_VALUE))) : values;
}

/** uPlot's one table of all lines: x, then of each line its mean, and least and greatest where it has them. */
export function table(lines: readonly LineOfRun[], log: boolean): uPlot.AlignedData {
  const parts = lines.map(({ line }): uPlot.AlignedData => {
    const columns = [positive(line.mean, log)];
    if (line.low !== null && line.high !== null) columns.push(low(line.low, log), positive(line.high, log));
    return [line.kimg, ...columns];
  });
  if (parts.length === 0) return [[]];
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : uPlot.join(parts);
}

interface Asked {
  store: CurveStore;
  chart: string;
  log: boolean;
  unit: string;
  signs: readonly Sign[];
  /** Called with the values under the pointer, line by line; null where it has left. */
  read: (kimg: number | null, values: (number | null)[]) => void;
}

const SYNC = "kimg";

/** A chart in its box; it follows the store by itself until it is closed. */
export class Plot {
  private plot: uPlot | null = null;
  private lines: readonly LineOfRun[] = [];
  private shape = "";
  private readonly stop: (() => void)[] = [];
  private readonly sized: ResizeObserver;
  private readonly seen: IntersectionObserver;
  private inView = true;
  private frame = 0;

  constructor(
    private readonly box: HTMLElement,
    private asked: Asked,
  ) {
    this.stop.push(asked.store.onLoaded(() => this.fill()));
    this.stop.push(asked.store.onMoved(() => this.moveSoon()));
    this.stop.push(moving(box, asked.store, () => this.plot));
    this.sized = new ResizeObserver(() => this.size());
    this.sized.observe(box);
    this.seen = new IntersectionObserver((seen) => this.see(seen.at(-1)?.isIntersecting ?? true), { rootMargin: "200px" });
    this.seen.observe(box);
    this.fill();
  }

  close(): void {
    for (const end of this.stop) end();
    cancelAnimationFrame(this.frame);
    this.sized.disconnect();
    this.seen.disconnect();
    this.plot?.destroy();
  }

  /** Draws anew in the colours of the theme. */
  recolour(): void {
    this.shape = "";
    this.fill();
  }

  setSigns(signs: readonly Sign[]): void {
    this.asked = { ...this.asked, signs };
    this.plot?.redraw(false);
  }

  private fill(): void {
    const lines = this.asked.store.lines(this.asked.chart);
    this.lines = lines;
    const shape = lines.map(({ run, line }) => `${run}/${line.name}/${line.low === null ? "" : "banded"}`).join("|");
    const data = table(lines, this.asked.log);
    if (shape !== this.shape || this.plot === null) {
      this.plot?.destroy();
      this.plot = lines.length === 0 ? null : new uPlot(this.options(lines), data, this.box);
      this.shape = shape;
    } else {
      this.plot.setData(data, false);
    }
    this.move();
  }

  /** What is out of view is not drawn while the window moves, but when it comes into view. */
  private see(inView: boolean): void {
    if (inView && !this.inView) this.move();
    this.inView = inView;
  }

  private moveSoon(): void {
    cancelAnimationFrame(this.frame);
    if (!this.inView) return;
    this.frame = requestAnimationFrame(() => this.move());
  }

  private move(): void {
    const { from, to } = this.asked.store.span();
    this.plot?.setScale("x", { min: from, max: to });
  }

  private size(): void {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (width > 0 && height > 0) this.plot?.setSize({ width, height });
  }

  /** Colours are read once for every build of the chart: reading one makes the browser lay out the page. */
  private tones = new Map<string, string>();

  private options(lines: readonly LineOfRun[]): uPlot.Options {
    const { log, store } = this.asked;
    this.tones = new Map(MARKS.map((name) => [name, colour(name)]));
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    for (const { each, colour: name, dash } of drawn(lines)) {
      const stroke = colour(name);
      series.push({ label: each.line.title, stroke, width: 1.6, dash, points: { show: each.line.kimg.length < 16, size: 4, fill: stroke } });
      if (each.line.low === null || each.line.high === null) continue;
      const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
      series.push(edge, { ...edge });
      bands.push({ series: [series.length - 1, series.length - 2], fill: faint(stroke) });
    }
    const axis: uPlot.Axis = {
      stroke: colour("--quiet"),
      font: "11px system-ui, sans-serif",
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      border: { show: false },
    };
    return {
      width: Math.max(80, this.box.clientWidth),
      height: Math.max(80, this.box.clientHeight),
      legend: { show: false },
      padding: [10, 18, 0, 0],
      cursor: {
        y: false,
        sync: { key: SYNC, setSeries: false, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        points: { size: 6 },
        bind: { dblclick: () => () => (store.show(null), null) },
      },
      scales: { x: { time: false }, y: log ? { distr: 3, log: 10, range: () => this.decades() } : { range: () => this.height() } },
      series,
      bands,
      axes: [
        { ...axis, grid: { show: false }, size: 26, gap: 4, values: (_, ticks) => ticks.map((tick) => k(tick)), space: 70 },
        { ...axis, grid: { ...axis.grid, filter: (_, splits) => splits.map((at) => (log && !decade(at) ? null : at)) }, size: 46, gap: 6, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))), space: 32 },
      ],
      hooks: {
        setSelect: [(plot) => this.select(plot)],
        setCursor: [(plot) => this.cursor(plot)],
        draw: [(plot) => this.marks(plot)],
      },
    };
  }

  private floor(): number | null {
    const found = this.lines.find((each) => each.floor !== null)?.floor ?? null;
    return found !== null && this.asked.log && found <= 0 ? null : found;
  }

  /** What the axis shows of the lines in view. */
  private height(): [number, number] {
    const [low, high] = this.bounds() ?? [0, 1];
    return room(low, high, this.floor());
  }

  /** The same on a logarithmic axis, in whole powers of ten. */
  private decades(): [number, number] {
    const [low, high] = this.bounds() ?? [1, 10];
    return uPlot.rangeLog(low, high, 10, false) as [number, number];
  }

  private bounds(): [number, number] | null {
    const { store, log, signs } = this.asked;
    // What one of several runs went through, or what was treated, must not flatten what is to be seen beside it
    const tame = this.lines.some((each) => each.at > 0) || signs.some((sign) => sign.kind === "treated");
    return heights(this.lines.map(({ line }) => line), store.span(), log, tame);
  }

  private select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.asked.store.show({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
  }

  private cursor(plot: uPlot): void {
    const { idx, left } = plot.cursor;
    if (left === undefined || left < 0 || idx === null || idx === undefined) {
      this.asked.read(null, []);
      return;
    }
    const lines = this.asked.store.lines(this.asked.chart);
    const at = plot.posToVal(left, "x");
    this.asked.read(at, lines.map(({ line }) => nearest(line.kimg, line.mean, at)));
  }

  /** The floor as a dashed line, and each sign as an upright one. */
  private marks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const ratio = devicePixelRatio;
    const floor = this.floor();
    if (floor !== null) {
      const y = plot.valToPos(floor, "y", true);
      stroke(ctx, this.tones.get("--quiet") ?? "", ratio, [5 * ratio, 4 * ratio], [bbox.left, y, bbox.left + bbox.width, y]);
    }
    for (const sign of this.asked.signs) {
      const x = plot.valToPos(sign.kimg, "x", true);
      const dash = sign.kind === "treated" ? [2 * ratio, 3 * ratio] : [];
      stroke(ctx, this.tones.get(signColour(sign)) ?? "", ratio, dash, [x, bbox.top, x, bbox.top + bbox.height]);
    }
    ctx.restore();
    this.box.dispatchEvent(new CustomEvent("placed", { detail: plot }));
  }
}

export function signColour(sign: Sign): string {
  if (sign.kind === "finding") return sign.severity === "mild" ? "--warn" : "--bad";
  return sign.kind === "treated" ? "--third" : sign.kind === "judged" ? "--good" : "--shade";
}

/** A power of ten: the only lines across a logarithmic chart, which would be all lines otherwise. */
function decade(value: number): boolean {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9;
}

/** Axis numbers: short, with a minus sign. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(0).replace("-", "−").replace("e+", "e");
  return number(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** Room above and below the lines, and for the floor where it is not far off. */
function room(low: number, high: number, floor: number | null): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const near = floor !== null && floor < high && floor > low - 3 * (high - low);
  const least = near ? Math.min(low, floor) : low;
  const rest = high - least || Math.abs(high) || 1;
  return [least - rest * 0.06, high + rest * 0.06];
}

function nearest(xs: readonly number[], values: Column, at: number): number | null {
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < at) low = middle;
    else high = middle;
  }
  const closer = Math.abs((xs[low] ?? 0) - at) <= Math.abs((xs[high] ?? 0) - at) ? low : high;
  return values[closer] ?? null;
}

function stroke(ctx: CanvasRenderingContext2D, tone: string, width: number, dash: number[], line: [number, number, number, number]): void {
  ctx.strokeStyle = tone;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(line[0], line[1]);
  ctx.lineTo(line[2], line[3]);
  ctx.stroke();
}

function faint(tone: string): string {
  return tone.replace(/^rgb\((.*)\)$/, "rgba($1, 0.16)");
}
