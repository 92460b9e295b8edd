/** The charts of one or more runs: their titles, legends, signs and words around what uPlot draws. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { Sign } from "../shared/api";
import { begun, number } from "../shared/format";
import { useDark } from "../shared/theme";
import { Button } from "../shared/ui";
import { watch } from "../texts/watch";
import { chartNames, last } from "./model";
import { drawn, Plot, signColour } from "./plot";
import type { CurveStore, LineOfRun } from "./store";

/** Renders again when the store has new data; not when its window moves. */
export function useLoaded(store: CurveStore): number {
  const [count, setCount] = useState(0);
  useEffect(() => store.onLoaded(() => setCount((before) => before + 1)), [store]);
  return count;
}

function summary(lines: readonly LineOfRun[], several: boolean): string {
  return lines
    .map(({ run, line }) => {
      const values = line.mean.filter((value): value is number => value !== null);
      const least = values.reduce((low, value) => Math.min(low, value), Infinity);
      const most = values.reduce((high, value) => Math.max(high, value), -Infinity);
      const title = several ? `${run}, ${line.title}` : line.title;
      return watch.line(title, values[0] ?? null, last(line.mean), least, most);
    })
    .join(" ");
}

interface ChartProps {
  store: CurveStore;
  name: string;
  title: string;
  unit: string;
  log: boolean;
  signs: readonly Sign[];
  /** Signs can be reached by Tab on this one. */
  first: boolean;
  several: boolean;
}

/** CSS pixels from a mark to the next, where they would lie on each other. */
const WIDE = 10;

const NO_LINES: readonly LineOfRun[] = [];

function OneChart({ store, name, title, unit, log, signs, first, several }: ChartProps) {
  const loaded = useLoaded(store);
  const isDark = useDark();
  const box = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const plot = useRef<Plot | null>(null);
  const lines = useMemo(() => (loaded < 0 ? NO_LINES : store.lines(name)), [store, name, loaded]);
  const read = (kimg: number | null, values: (number | null)[]): void => {
    // Straight into the page: the pointer moves too often for rendering.
    legend.current?.querySelectorAll<HTMLElement>(".value").forEach((output, at) => {
      output.textContent = number(kimg === null ? Number(output.dataset["last"]) : values[at]);
    });
  };
  useEffect(() => {
    if (box.current === null) return undefined;
    const own = new Plot(box.current, { store, chart: name, log, unit, signs, read });
    plot.current = own;
    return () => own.close();
  }, [store, name, log, unit]);
  useEffect(() => plot.current?.setSigns(signs), [signs]);
  useEffect(() => plot.current?.recolour(), [isDark]);
  const words = summary(lines, several);
  return (
    <figure class="chart" data-chart={name}>
      <figcaption>
        <h3>{title}</h3>
        {unit === "" ? null : <p class="small quiet">{unit}</p>}
        <ul class="legend" ref={legend}>
          {drawn(lines).map(({ each, colour, dash }) => (
            <li key={`${each.run}/${each.line.name}`}>
              <svg width="18" height="8" aria-hidden="true">
                <line x1="0" x2="18" y1="4" y2="4" stroke={`var(${colour})`} stroke-width="2.5" stroke-dasharray={dash.join(" ")} />
              </svg>
              {several ? `${each.run} ${each.line.title}` : each.line.title}
              <span class="value" data-last={last(each.line.mean) ?? NaN}>
                {number(last(each.line.mean))}
              </span>
            </li>
          ))}
          {lines.some((each) => each.floor !== null) ? (
            <li class="quiet">
              <svg width="18" height="8" aria-hidden="true">
                <line x1="0" x2="18" y1="4" y2="4" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3" />
              </svg>
              {watch.floor}
            </li>
          ) : null}
        </ul>
      </figcaption>
      <div class="plot" ref={box} tabIndex={0} role="application" aria-label={watch.chart(title, words)} aria-description={watch.chartKeys}>
        <Signs box={box} signs={signs} reachable={first} />
      </div>
      <p class="hidden">{words}</p>
    </figure>
  );
}

/** Marks over a chart, placed where it draws them; each tells its words when pointed at or focused. */
function Signs({ box, signs, reachable }: { box: { current: HTMLElement | null }; signs: readonly Sign[]; reachable: boolean }) {
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const own = box.current;
    if (own === null) return undefined;
    const place = (event: Event): void => {
      const plot = (event as CustomEvent<uPlot>).detail;
      const { left } = plot.bbox;
      let before = -Infinity;
      layer.current?.querySelectorAll<HTMLElement>("button").forEach((mark, at) => {
        const sign = signs[at];
        if (sign === undefined) return;
        const own = plot.valToPos(sign.kimg, "x");
        const within = own >= 0 && own <= plot.over.clientWidth;
        // What was found and what was done about it stand at one place: beside each other, so that both can be pointed at
        const x = Math.abs(own - before) < WIDE ? before + WIDE : own;
        if (within) before = x;
        mark.hidden = !within;
        mark.style.left = `${x + left / devicePixelRatio}px`;
        mark.classList.toggle("late", x > plot.over.clientWidth / 2);
      });
    };
    own.addEventListener("placed", place);
    return () => own.removeEventListener("placed", place);
  }, [signs]);
  return (
    <div class="marks" ref={layer}>
      {signs.map((sign, at) => (
        <button key={at} type="button" class="mark-sign" tabIndex={reachable ? 0 : -1} aria-label={`${named(sign)}, ${watch.at(sign.kimg)}. ${begun(sign.words)}`}>
          <svg width="9" height="9" viewBox="0 0 9 9" aria-hidden="true">
            <path d="M0 0h9L4.5 8z" fill={`var(${signColour(sign)})`} />
          </svg>
          <span class="mark-words" aria-hidden="true">
            <strong>{named(sign)}</strong> <span class="quiet">{watch.at(sign.kimg)}</span>
            <br />
            {begun(sign.words)}
          </span>
        </button>
      ))}
    </div>
  );
}

/** "Found: Divergence". */
function named(sign: Sign): string {
  const kind = watch.sign[sign.kind] ?? sign.kind;
  return sign.title === null ? kind : `${kind}: ${sign.title}`;
}

const NO_SIGNS: readonly Sign[] = [];
/** More marks than this hide the lines. */
const MOST_SIGNS = 60;

export function Charts({ store, signs = NO_SIGNS, several = false }: { store: CurveStore; signs?: readonly Sign[]; several?: boolean }) {
  const loaded = useLoaded(store);
  const names = useMemo(() => (loaded < 0 ? [] : chartNames(store.curves())), [store, loaded]);
  const marked = useMemo(
    () => signs.filter((sign) => sign.kind === "finding" || sign.kind === "treated" || sign.kind === "judged").slice(-MOST_SIGNS),
    [signs],
  );
  if (names.length === 0) return <p class="quiet">{watch.curvesNone}</p>;
  return (
    <>
      <div class="row apart chart-tools">
        <p class="small quiet hint">{watch.curvesHint}</p>
        <p class="small quiet hint-touch">{watch.curvesHintTouch}</p>
        <div class="row">
          <Button kind="quiet" class="icon" onClick={() => store.zoom(1 / 0.6)} label={watch.zoomOut}>
            −
          </Button>
          <Button kind="quiet" class="icon" onClick={() => store.zoom(0.6)} label={watch.zoomIn}>
            +
          </Button>
          <Button onClick={() => store.show(null)}>{watch.zoomAll}</Button>
        </div>
      </div>
      <div class="charts">
        {names.map((each, at) => (
          <OneChart key={each.name} store={store} {...each} signs={marked} first={at === 0} several={several} />
        ))}
      </div>
    </>
  );
}
