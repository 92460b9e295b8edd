import assert from "node:assert/strict";
import { test } from "node:test";
import type { CurveLine, Curves, Sign, Summary } from "../shared/api";
import { backoff } from "../shared/live";
import { duration, k, number, withError } from "../shared/format";
import { rgba } from "../shared/pixels";
import { ahead, apart, bounded, chartNames, chosen, frameAt, heights, last, recent, rowsInView, spliced, zoomed } from "./model";

function line(kimg: number[], mean: (number | null)[]): CurveLine {
  return { name: "a", title: "a", kimg, mean, low: mean, high: mean };
}

function run(id: string, changes: Partial<Summary>): Summary {
  const plain: Summary = {
    id, number: 1, name: id, data: "d", domain: "images", recipe: "auto", state: "done", health: { word: "healthy", words: "" },
    progress: 1, kimg: 1, total_kimg: 1, score: null, updated: 0, picture: null, picture_size: null, singly: true,
    plane: false, ready: true,
  };
  return { ...plain, ...changes };
}

test("a detail replaces the overview's points in its window only", () => {
  const whole = spliced(line([0, 10, 20, 30], [1, 2, 3, 4]), line([10, 15, 20], [20, 25, 30]));
  assert.deepEqual(whole.kimg, [0, 10, 15, 20, 30]);
  assert.deepEqual(whole.mean, [1, 20, 25, 30, 4]);
  assert.deepEqual(whole.low, [1, 20, 25, 30, 4]);
});

test("a band stays where the detail is too fine to need one", () => {
  const whole = spliced(line([0, 10, 20], [1, 2, 3]), { ...line([10], [5]), low: null, high: null });
  assert.deepEqual(whole.low, [1, 5, 3]);
});

test("an empty detail changes nothing", () => {
  const overview = line([0, 1], [1, 2]);
  assert.equal(spliced(overview, line([], [])), overview);
});

test("the last value is the last finite one", () => {
  assert.equal(last([1, 2, null]), 2);
  assert.equal(last([null]), null);
});

test("the recent value is the mean of the end of the line", () => {
  assert.equal(recent(line([0, 95, 96, 100], [9, 1, null, 3])), 2);
});

test("a window stays inside the run", () => {
  assert.deepEqual(bounded({ from: -5, to: 5 }, 100), { from: 0, to: 10 });
  assert.deepEqual(bounded({ from: 95, to: 115 }, 100), { from: 80, to: 100 });
  assert.deepEqual(zoomed({ from: 0, to: 100 }, 0.5, 50, 100), { from: 25, to: 75 });
});

test("the rows in view are drawn, and few others", () => {
  assert.deepEqual(rowsInView(0, 800, 100, 500), [0, 10]);
  assert.deepEqual(rowsInView(10_000, 800, 100, 500), [98, 110]);
  assert.deepEqual(rowsInView(0, 800, 100, 3), [0, 3]);
});

test("runs are found by all words sought, and those without a score come last", () => {
  const runs = [run("0001-ring", { updated: 2 }), run("0002-ring", { score: { value: 0.2, error: null, kimg: 1 } }), run("0003-digits", {})];
  assert.deepEqual(chosen(runs, "RING 2", "all", "newest").map((each) => each.id), ["0002-ring"]);
  assert.equal(chosen(runs, "", "all", "score")[0]?.id, "0002-ring");
  assert.deepEqual(chosen(runs, "", "live", "name"), []);
});

test("a frame is the last one shown by then", () => {
  assert.equal(frameAt([{ kimg: 0 }, { kimg: 4 }, { kimg: 9 }], 5), 1);
});

test("waiting for a lost connection grows and is bounded", () => {
  assert.ok(backoff(0) < backoff(3));
  assert.equal(backoff(40), 4000);
});

test("numbers carry the digits that their error makes sense of", () => {
  assert.equal(number(0.123456, 0.03), "0.12");
  assert.equal(withError(1.5, null), "1.50");
  assert.equal(number(-3.14159), "−3.14");
  assert.equal(number(null), "–");
  assert.equal(k(84.71), "84.7k");
  assert.equal(duration(3700), "1 h 2 min");
});

test("grey and coloured bytes become RGBA", () => {
  assert.deepEqual([...rgba(new Uint8Array([7]), 1, 1, 1)], [7, 7, 7, 255]);
  assert.deepEqual([...rgba(new Uint8Array([1, 2, 3]), 1, 1, 3)], [1, 2, 3, 255]);
});

test("an early explosion of one run does not flatten the others, and is seen where nothing stands beside it", () => {
  const kimg = Array.from({ length: 100 }, (_, k) => k);
  const calm = line(kimg, kimg.map((k) => Math.sin(k)));
  const wild = line(kimg, kimg.map((k) => (k < 5 ? 1e6 : Math.cos(k))));
  const [low, high] = heights([calm, wild], { from: 0, to: 99 }, false, true) ?? [NaN, NaN];
  assert.ok(low <= -0.99 && low >= -4, `${low}`);
  assert.ok(high >= 0.99 && high <= 4, `${high}`);
  assert.equal(heights([calm, wild], { from: 0, to: 99 }, false, false)?.[1], 1e6);
  assert.equal(heights([wild], { from: 50, to: 99 }, true, true)?.[1], Math.max(...kimg.slice(50).map(Math.cos)));
});

test("an axis shows nothing but what is in the window, and null where there is nothing", () => {
  assert.deepEqual(heights([line([0, 10, 20, 30], [9, 1, 2, -9])], { from: 5, to: 25 }, false, false), [1, 2]);
  assert.deepEqual(heights([line([0, 10], [0.5, -1])], { from: 0, to: 10 }, true, false), [0.5, 0.5]);
  assert.equal(heights([line([0, 10], [1, null])], { from: 5, to: 25 }, false, true), null);
});

test("runs are compared on a logarithmic axis if one of them wants it and all can be shown on it", () => {
  const curves = (log: boolean, ...values: number[]): Curves => ({
    reach_kimg: 1,
    charts: [{ name: "quality", title: "Distance", unit: "", log, floor: null, lines: [line([0, 1], values)] }],
  });
  assert.equal(chartNames([curves(false, 1, 2), curves(true, 1, 1000)])[0]?.log, true);
  assert.equal(chartNames([curves(false, 0, 2), curves(true, 1, 1000)])[0]?.log, false);
  assert.equal(chartNames([curves(false, 1, 2)])[0]?.log, false);
});

test("a detective that guesses is no praise of the forger where the samples are far from the data", () => {
  const stands = { apart: 0.55, real: null, fake: null, score: 0.5, before: null, floor: 0, worst: 0.6 };
  assert.equal(ahead(stands), "weak");
  assert.equal(ahead({ ...stands, score: 0.01 }), "forger");
  assert.equal(ahead({ ...stands, score: -0.01, floor: null }), "forger");
  assert.equal(ahead({ ...stands, score: null, worst: null }), "unknown");
  assert.equal(ahead({ ...stands, apart: 0.8 }), "even");
  assert.equal(ahead({ ...stands, apart: 0.99 }), "detective");
});

test("what was asked from outside is not told as the doctor's", () => {
  const sign = (kind: Sign["kind"]): Sign => ({ kind, kimg: 0, step: 0, severity: null, ailment: null, title: null, words: "" });
  const [doctors, others] = apart([sign("finding"), sign("decision"), sign("treated"), sign("judged"), sign("stopped"), sign("resumed")]);
  assert.deepEqual(doctors.map((each) => each.kind), ["finding", "treated", "judged"]);
  assert.deepEqual(others.map((each) => each.kind), ["decision", "stopped", "resumed"]);
});

test("a run whose time was up is finished and not in trouble", () => {
  const runs = [run("0001-ring", { state: "out of time" }), run("0002-ring", { state: "interrupted" })];
  assert.deepEqual(chosen(runs, "", "done", "name").map((each) => each.id), ["0001-ring"]);
  assert.deepEqual(chosen(runs, "", "trouble", "name").map((each) => each.id), ["0002-ring"]);
});
