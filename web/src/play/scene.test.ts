import assert from "node:assert/strict";
import { test } from "node:test";
import { sprayed } from "./points";
import { onMeter } from "./scale";
import { sceneOf } from "./scene";

const item = { height: 2, width: 2, channels: 3, bytes: 12 };

test("the ground is the paper that the judge tells", () => {
  assert.deepEqual(sceneOf({ item, paper: [250, 9, 0], bounds: null }), { ground: [250, 9, 0], frame: null });
});

test("the frame holds the data's bounds with a margin, also where they are one spot", () => {
  assert.deepEqual(sceneOf({ item, paper: null, bounds: [0, 10, 5, 5] }).frame, { x: [-1.5, 11.5], y: [4.85, 5.15] });
});

test("there is no frame for other than two columns", () => {
  assert.equal(sceneOf({ item, paper: null, bounds: null }).frame, null);
});

test("a spray stays near its place and within the frame", () => {
  const frame = { x: [0, 1], y: [0, 1] } as const;
  const chances = [0.1, 0.9, 0.6, 0.4, 0.8, 0.2];
  const points = sprayed(frame, [0.99, 0.5], 0.05, 3, () => chances.shift() ?? 0);
  assert.equal(points.length, 3);
  for (const [x, y] of points) {
    assert.ok(Math.hypot(x - 0.99, y - 0.5) <= 0.05 + 1e-9);
    assert.ok(x <= 1);
  }
});

test("the meter keeps its ends and gives room to what is barely real", () => {
  assert.deepEqual([onMeter(-1), onMeter(0), onMeter(1), onMeter(3)], [0, 0, 1, 1]);
  assert.ok(onMeter(0.05) > 0.2);
});
