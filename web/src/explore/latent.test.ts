import assert from "node:assert/strict";
import { test } from "node:test";
import { between, length, median, moved, placeAt, stepped, swing, zOf } from "./latent";

const plane = { u: [1, 0, 0], v: [0, 1, 0], extent: 2 };
const close = (a: readonly number[], b: readonly number[]) =>
  a.forEach((value, i) => assert.ok(Math.abs(value - (b[i] ?? Number.NaN)) < 1e-9, `${a} is not ${b}`));

test("a place that was not moved is its start", () => {
  const place = placeAt([0.1, 0.2, 0.3], 2);
  assert.deepEqual(zOf(place, plane, [[0, 0, 1], [0, 1, 0]], 3, false), [0.1, 0.2, 0.3]);
  assert.equal(moved(place), false);
});

test("map and sliders add up, each in its own unit", () => {
  const place = { start: [0, 0, 0], at: [0.5, -1] as const, amounts: [2, 0] };
  close(zOf(place, plane, [[0, 0, 1], [1, 1, 1]], 3, false), [1, -2, 6]);
  assert.equal(moved(place), true);
});

test("bounded z stay within their bounds", () => {
  const place = { start: [0.9, 0, 0], at: [1, 0] as const, amounts: [] };
  close(zOf(place, plane, [], 1, true), [1, 0, 0]);
});

test("steps on the map end at its edge", () => {
  assert.deepEqual(stepped([0.95, 0], 0.1, -0.1), [1, -0.1]);
});

test("the way between normal z keeps their length and has its ends", () => {
  const [from, to] = [[3, 0, 0], [0, 3, 0]];
  assert.ok(Math.abs(length(between(from, to, 0.3, false)) - 3) < 1e-9);
  close(between(from, to, 0, false), from);
  close(between(from, to, 1, false), to);
});

test("the way between opposite or equal z is straight, and finite", () => {
  close(between([1.5, 0], [-1.5, 0], 0.5, false), [0, 0]);
  close(between([2, 1], [2, 1], 0.5, false), [2, 1]);
});

test("bounded z go straight", () => {
  close(between([0.5, -0.5], [0, 0.5], 0.5, true), [0.25, 0]);
});

test("coins turn one after another and are never between their sides", () => {
  const turned = [0, 0.3, 0.6, 1].map((share) => between([1, 0.2, 1, -1], [-1, 0.4, -1, -1], share, false, [0, 2, 3]));
  for (const z of turned) for (const i of [0, 2, 3]) assert.equal(Math.abs(z[i] ?? 0), 1);
  assert.deepEqual(turned.map((z) => [z[0], z[2], z[3]]), [[1, 1, -1], [-1, 1, -1], [-1, -1, -1], [-1, -1, -1]]);
});

test("a swing goes there and back", () => {
  close([0, 1, 2, 3, 4].map((s) => swing(s, 4)), [0, 0.5, 1, 0.5, 0]);
});

test("the median lies in the middle", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});
