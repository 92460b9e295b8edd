/** What can be worked out of runs and curves without a page: pure functions. */
import type { Chart, CurveLine, Curves, Sign, State, Summary } from "../shared/api";

/** The last finite value of a line. */
export function last(values: readonly (number | null)[]): number | null {
  for (let at = values.length - 1; at >= 0; at--) {
    const value = values[at];
    if (typeof value === "number" && Number.isFinite(value)) return value;
  }
  return null;
}

/** The mean of the finite values of the last `share` of a line's course; what a single batch says is mostly noise. */
export function recent(line: CurveLine, share = 0.05): number | null {
  const until = line.kimg.at(-1);
  if (until === undefined) return null;
  const from = until - share * (until - (line.kimg[0] ?? until));
  let sum = 0;
  let count = 0;
  for (let at = line.kimg.length - 1; at >= 0 && (line.kimg[at] ?? 0) >= from; at--) {
    const value = line.mean[at];
    if (typeof value === "number" && Number.isFinite(value)) {
      sum += value;
      count += 1;
    }
  }
  return count === 0 ? last(line.mean) : sum / count;
}

/** The first line whose name ends so: "apart" is found as "discriminator.apart". */
export function lineOf(curves: Curves, ending: string, chart?: string): CurveLine | null {
  for (const each of curves.charts) {
    if (chart !== undefined && each.name !== chart) continue;
    const found = each.lines.find((line) => line.name === ending || line.name.endsWith(`.${ending}`));
    if (found !== undefined) return found;
  }
  return null;
}

export interface Game {
  /** Share of pairs of a real and a forged item in which D scores the real one higher; 0.5 = guessing. */
  apart: number | null;
  /** D's mean score of real items and of forgeries. */
  real: number | null;
  fake: number | null;
  /** The quick score now, a while ago, and its floor; lower is better. */
  score: number | null;
  before: number | null;
  floor: number | null;
  /** The highest score that was ever seen: what nothing learned looks like. */
  worst: number | null;
}

/** How the game stands, by its curves. */
export function game(curves: Curves): Game {
  const apart = lineOf(curves, "discriminator.apart") ?? lineOf(curves, "apart");
  const real = lineOf(curves, "discriminator.real") ?? lineOf(curves, "real");
  const fake = lineOf(curves, "discriminator.fake") ?? lineOf(curves, "fake");
  const quality = curves.charts.find((each) => each.name === "quality");
  const scores = (quality?.lines[0]?.mean ?? []).filter((value): value is number => value !== null);
  return {
    apart: apart === null ? null : recent(apart),
    real: real === null ? null : recent(real),
    fake: fake === null ? null : recent(fake),
    score: scores.at(-1) ?? null,
    before: scores.length < 3 ? null : (scores[Math.floor(scores.length / 2) - 1] ?? null),
    floor: quality?.floor ?? null,
    worst: scores.length === 0 ? null : Math.max(...scores),
  };
}

/** A score above this share of the worst one is far from its floor: most of the way is still to go. */
const FAR = 0.1;

/** Who is ahead: the detective tells nearly all apart, something between, or nearly none. The last is no praise of the
forger by itself: where the score is far from its floor the detective is weak, and without a score nobody knows. */
export function ahead({ apart, score, worst, floor }: Game): "detective" | "even" | "forger" | "weak" | "unknown" | null {
  if (apart === null) return null;
  if (apart >= 0.93) return "detective";
  if (apart > 0.6) return "even";
  if (score === null || worst === null) return "unknown";
  const least = floor ?? 0;
  return score - least > FAR * (worst - least) ? "weak" : "forger";
}

/** The doctor's signs, and all others. */
export function apart(signs: readonly Sign[]): [Sign[], Sign[]] {
  const doctors = (sign: Sign): boolean => sign.kind === "finding" || sign.kind === "treated" || sign.kind === "judged";
  return [signs.filter(doctors), signs.filter((sign) => !doctors(sign))];
}

/** A line with the detail in its window put in place of the overview's points there. */
export function spliced(overview: CurveLine, detail: CurveLine | undefined): CurveLine {
  const from = detail?.kimg[0];
  const to = detail?.kimg.at(-1);
  if (detail === undefined || from === undefined || to === undefined) return overview;
  const before = overview.kimg.findIndex((x) => x >= from);
  const head = before === -1 ? overview.kimg.length : before;
  const behind = overview.kimg.findIndex((x) => x > to);
  const tail = behind === -1 ? overview.kimg.length : behind;
  function join<T>(whole: readonly T[], part: readonly T[]): T[] {
    return [...whole.slice(0, head), ...part, ...whole.slice(tail)];
  }
  const banded = overview.low !== null || detail.low !== null;
  const edge = (side: "low" | "high") => join(overview[side] ?? overview.mean, detail[side] ?? detail.mean);
  return {
    name: overview.name,
    title: overview.title,
    kimg: join(overview.kimg, detail.kimg),
    mean: join(overview.mean, detail.mean),
    low: banded ? edge("low") : null,
    high: banded ? edge("high") : null,
  };
}

/** Charts of several runs by name, in the order in which they are first met. */
export function chartNames(all: readonly Curves[]): { name: string; title: string; unit: string; log: boolean }[] {
  const found = new Map<string, Chart[]>();
  for (const chart of all.flatMap((curves) => curves.charts)) {
    found.set(chart.name, [...(found.get(chart.name) ?? []), chart]);
  }
  return [...found].map(([name, charts]) => ({ name, title: charts[0]?.title ?? name, unit: charts[0]?.unit ?? "", log: wantsLog(charts) }));
}

/** Logarithmic if it is so for one of the runs, and none has values that such an axis cannot show. */
function wantsLog(charts: readonly Chart[]): boolean {
  if (!charts.some((chart) => chart.log)) return false;
  return charts.every((chart) => chart.log || chart.lines.every((line) => [...line.mean, ...(line.low ?? [])].every((value) => value === null || value > 0)));
}

/** An axis reaches beyond what most values lie in by so many times their range. */
const BEYOND = 1;
/** Shares of the values that may lie outside on each side: what a run went through for a moment does not count. */
const OUTSIDE = 0.02;
/** Of each line's course the part that counts for this: beginnings are wild. */
const SETTLED = 0.5;

/** Least and greatest value of the lines in a part of the course; `tame` leaves out what would flatten the rest. */
export function heights(lines: readonly CurveLine[], span: Span, log: boolean, tame: boolean): [number, number] | null {
  let [least, most] = [Infinity, -Infinity];
  const settled: number[] = [];
  for (const { kimg, mean, low, high } of lines) {
    const first = kimg.findIndex((at) => at >= span.from);
    const end = kimg.findIndex((at) => at > span.to);
    const last = (end < 0 ? kimg.length : end) - 1;
    const from = first + SETTLED * (last - first);
    for (let k = first; first >= 0 && k <= last; k++) {
      for (const value of [mean[k], low?.[k], high?.[k]]) {
        if (value === null || value === undefined || (log && value <= 0)) continue;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      const value = mean[k];
      if (k >= from && typeof value === "number" && (!log || value > 0)) settled.push(log ? Math.log10(value) : value);
    }
  }
  if (least > most) return null;
  if (!tame || settled.length === 0) return [least, most];
  const sorted = Float64Array.from(settled).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(OUTSIDE), at(1 - OUTSIDE)];
  const more = BEYOND * (high - low);
  if (more === 0) return [least, most];
  const value = (place: number): number => (log ? 10 ** place : place);
  return [Math.max(least, value(low - more)), Math.min(most, value(high + more))];
}

export function chartOf(curves: Curves, name: string): Chart | undefined {
  return curves.charts.find((each) => each.name === name);
}

export interface Span {
  from: number;
  to: number;
}

/** A window kept inside 0..reach and no narrower than a ten-thousandth of it. */
export function bounded(span: Span, reach: number): Span {
  const width = Math.min(reach, Math.max(span.to - span.from, reach / 10_000));
  const from = Math.min(Math.max(0, span.from), reach - width);
  return { from, to: from + width };
}

/** The window zoomed by a factor (< 1 = nearer) around a point of it. */
export function zoomed(span: Span, factor: number, around: number, reach: number): Span {
  return bounded({ from: around - (around - span.from) * factor, to: around + (span.to - around) * factor }, reach);
}

export type Order = "newest" | "score" | "name" | "progress";
export type Shown = "all" | "live" | "done" | "trouble";

const TROUBLE: readonly State[] = ["failed", "not finite", "unhealthy", "interrupted", "unreadable"];

const AILING = ["ailing", "not well", "in treatment", "given up"];

export function inTrouble(run: Summary): boolean {
  return TROUBLE.includes(run.state) || AILING.includes(run.health.word);
}

/** Runs that match the words, every one of them, and the filter, in order. */
export function chosen(runs: readonly Summary[], words: string, shown: Shown, order: Order): Summary[] {
  const sought = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const matching = runs.filter((run) => {
    const text = `${run.id} ${run.name} ${run.data} ${run.domain} ${run.recipe} ${run.state} ${run.health.word}`.toLowerCase();
    if (!sought.every((word) => text.includes(word))) return false;
    if (shown === "live") return run.state === "training" || run.state === "paused" || run.state === "new";
    if (shown === "done") return run.state === "done" || run.state === "out of time";
    return shown === "all" || inTrouble(run);
  });
  const by: Record<Order, (a: Summary, b: Summary) => number> = {
    newest: (a, b) => b.updated - a.updated,
    score: (a, b) => (a.score?.value ?? Infinity) - (b.score?.value ?? Infinity) || b.updated - a.updated,
    name: (a, b) => a.id.localeCompare(b.id, "en", { numeric: true }),
    progress: (a, b) => b.progress - a.progress,
  };
  return matching.sort(by[order]);
}

/** Which rows of fixed height are in view, with a few beyond. */
export function rowsInView(top: number, view: number, height: number, rows: number, beyond = 2): [number, number] {
  const first = Math.max(0, Math.floor(top / height) - beyond);
  return [Math.min(first, rows), Math.min(rows, Math.ceil((top + view) / height) + beyond)];
}

/** The index of the last frame at or before a point of the run. */
export function frameAt(frames: readonly { kimg: number | null }[], kimg: number): number {
  let found = 0;
  frames.forEach((frame, at) => {
    if (frame.kimg !== null && frame.kimg <= kimg) found = at;
  });
  return found;
}
