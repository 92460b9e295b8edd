/** The curves of one or more runs and the window shown of them. No page is rendered when the window moves. */
import type { CurveLine, Curves } from "../shared/api";
import { aborted, get, missing, of } from "../shared/http";
import { Paced } from "../shared/paced";
import { bounded, chartOf, spliced, zoomed, type Span } from "./model";

const OVERVIEW = 600;
const DETAIL = 1800;
/** Milliseconds of rest before a window is asked for in full. */
const REST = 140;
export interface LineOfRun {
  run: string;
  /** Which of the runs, 0 = the first. */
  at: number;
  line: CurveLine;
  floor: number | null;
}

type Hear = () => void;

/** Holds what was loaded, and tells its listeners of new data and of a moved window, each apart. */
export class CurveStore {
  private overview = new Map<string, Curves>();
  private detail = new Map<string, Curves>();
  private window: Span | null = null;
  private loaded = new Set<Hear>();
  private moved = new Set<Hear>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked: AbortController | null = null;
  private reading = new Set<string>();
  /** Runs that are not there any more: they are not asked for again, and what was read of them stays. */
  private readonly gone = new Set<string>();
  private readonly paced = new Map<string, Paced>();

  constructor(private runs: readonly string[]) {}

  /** Which runs are shown; those that are new are loaded, the others are kept. */
  setRuns(runs: readonly string[]): Promise<void> {
    const added = runs.filter((run) => !this.overview.has(run));
    this.runs = runs;
    this.tell(this.loaded);
    return Promise.all(added.map((run) => this.load(run))).then(() => undefined);
  }

  /** Reads the whole course of a run anew; asked again while it reads, it does nothing. */
  async load(run: string): Promise<void> {
    if (this.reading.has(run) || this.gone.has(run)) return;
    this.reading.add(run);
    try {
      this.overview.set(run, await get<Curves>(of(run, "/curves"), { query: { most: OVERVIEW } }));
    } catch (error) {
      if (missing(error)) this.gone.add(run);
      throw error;
    } finally {
      this.reading.delete(run);
    }
    this.tell(this.loaded);
    if (this.window !== null) this.askSoon();
  }

  /** The same as soon as `often` milliseconds have passed since the last reading. */
  loadSoon(run: string, often: number): void {
    const paced = this.paced.get(run) ?? new Paced(() => this.load(run));
    this.paced.set(run, paced);
    paced.soon(often);
  }

  /** Does what waits within `often` milliseconds of the last reading. */
  hurry(run: string, often: number): void {
    this.paced.get(run)?.hurry(often);
  }

  onLoaded(hear: Hear): () => void {
    this.loaded.add(hear);
    return () => this.loaded.delete(hear);
  }

  onMoved(hear: Hear): () => void {
    this.moved.add(hear);
    return () => this.moved.delete(hear);
  }

  curves(): Curves[] {
    return this.runs.flatMap((run) => this.overview.get(run) ?? []);
  }

  first(): Curves | null {
    return this.overview.get(this.runs[0] ?? "") ?? null;
  }

  reach(): number {
    return Math.max(1e-6, ...this.curves().map((each) => each.reach_kimg));
  }

  /** What is shown; the whole where nothing was chosen. */
  span(): Span {
    return this.window ?? { from: 0, to: this.reach() };
  }

  whole(): boolean {
    return this.window === null;
  }

  /** Lines of a chart, of every run, with the detail that is loaded. */
  lines(chart: string): LineOfRun[] {
    return this.runs.flatMap((run, at) => {
      const overview = this.overview.get(run);
      const found = overview === undefined ? undefined : chartOf(overview, chart);
      if (found === undefined) return [];
      const detail = this.detail.get(run);
      const finer = detail === undefined ? undefined : chartOf(detail, chart);
      return found.lines.map((line) => ({
        run,
        at,
        line: this.window === null ? line : spliced(line, finer?.lines.find((each) => each.name === line.name)),
        floor: found.floor,
      }));
    });
  }

  show(span: Span | null): void {
    const reach = this.reach();
    const next = span === null ? null : bounded(span, reach);
    this.window = next === null || next.to - next.from >= reach * 0.999 ? null : next;
    if (this.window === null) this.detail.clear();
    this.tell(this.moved);
    if (this.window !== null) this.askSoon();
    else this.tell(this.loaded);
  }

  move(by: number): void {
    const { from, to } = this.span();
    this.show({ from: from + by, to: to + by });
  }

  zoom(factor: number, around?: number): void {
    const span = this.span();
    this.show(zoomed(span, factor, around ?? (span.from + span.to) / 2, this.reach()));
  }

  close(): void {
    for (const each of this.paced.values()) each.close();
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  private askSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), REST);
  }

  /** The window in full, with as much again on either side, so that moving shows lines at once. */
  private async ask(): Promise<void> {
    const span = this.window;
    if (span === null) return;
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    const width = span.to - span.from;
    const query = { from: Math.max(0, span.from - width), to: span.to + width, most: DETAIL };
    const there = this.runs.filter((run) => !this.gone.has(run));
    try {
      const got = await Promise.all(
        there.map((run) => get<Curves>(of(run, "/curves"), { query, signal: asked.signal })),
      );
      got.forEach((curves, at) => this.detail.set(there[at] ?? "", curves));
      this.tell(this.loaded);
    } catch (error) {
      // The overview stays in place: coarser, but true.
      if (!aborted(error)) this.detail.clear();
    }
  }

  private tell(listeners: Set<Hear>): void {
    for (const hear of listeners) hear();
  }
}
