import assert from "node:assert/strict";
import { test } from "node:test";
import { between, blend, frameOf, outside, rgb, shapeOf } from "./drawing";

const shades = { real: rgb("rgb(0, 0, 200)"), fake: rgb("rgb(200, 0, 0)"), paper: rgb("rgb(255, 255, 255)") };

test("where D cannot tell the plane is plain paper", () => {
  assert.deepEqual(blend(0.5, shades), [255, 255, 255]);
});

test("each side of the verdict has its own colour", () => {
  const [redReal, , blueReal] = blend(1, shades);
  const [redFake, , blueFake] = blend(0, shades);
  assert.ok(blueReal > redReal && redFake > blueFake);
});

test("points move from where they were to where they are", () => {
  assert.deepEqual(between([[0, 0]], [[2, 4]], 0.5), [[1, 2]]);
  assert.deepEqual(between([[0, 0]], [[2, 4]], 1), [[2, 4]]);
  assert.deepEqual(between([], [[2, 4]], 0.5), [[2, 4]]);
});

test("axes of different units get a square", () => {
  assert.equal(shapeOf([0, 2, 0, 2]), 1);
  assert.equal(shapeOf([0, 1000, 0, 1]), 1);
  assert.equal(shapeOf([0, 3, 0, 2]), 1.5);
});

test("a frame leaves out what lies far off, and tells how much that is", () => {
  const near = Array.from({ length: 100 }, (_, k): [number, number] => [Math.cos(k), Math.sin(k)]);
  const points: [number, number][] = [...near, [1e6, 0], [NaN, 0]];
  const frame = frameOf(points);
  assert.ok(frame !== null && frame[1] < 3 && frame[0] > -3);
  assert.equal(outside(points, frame), 2);
  assert.ok(Math.abs(frame[1] - frame[0] - (frame[3] - frame[2])) < 1e-9, "a circle is round");
});

test("axes of other units keep their own scale, and nothing finite has no frame", () => {
  const frame = frameOf([[0, 0], [1, 1000], [0.5, 200]]);
  assert.ok(frame !== null && frame[1] - frame[0] < 2);
  assert.equal(frameOf([[NaN, NaN]]), null);
  const one = frameOf([[0, 5]]);
  assert.ok(one !== null && one[1] > one[0] && one[3] > one[2]);
});
