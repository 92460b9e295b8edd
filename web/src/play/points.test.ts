import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf } from "../explore/csv";
import { rowsOf, rubbed, toData, toPicture } from "./points";
import { apart } from "./scale";

const frame = { x: [-1, 3], y: [0, 10] } as const;

test("places on the picture and in the data are each other's inverse, and y grows upwards", () => {
  assert.deepEqual(toData(frame, 0, 0), [-1, 10]);
  assert.deepEqual(toPicture(frame, toData(frame, 0.25, 0.75)), [0.25, 0.75]);
});

test("the eraser takes what is near", () => {
  assert.deepEqual(rubbed([[0, 5], [2, 5]], frame, [0.1, 5], 0.05), [[2, 5]]);
});

test("rows are read with any common separator, and a header is passed over", () => {
  assert.deepEqual(rowsOf("x,y\n1,2\n3; 4\n5\t6\n7 8\n", 2), { rows: [[1, 2], [3, 4], [5, 6], [7, 8]], bad: 0 });
});

test("lines that are no row are counted", () => {
  assert.deepEqual(rowsOf("1,2\n1\n1,b\n,3\n4,5", 2), { rows: [[1, 2], [4, 5]], bad: 3 });
  assert.equal(rowsOf("1,2,3\n", 2).bad, 1);
});

test("rows are written as a spreadsheet reads them", () => {
  assert.equal(csvOf(["a", 'b "c", d'], [[1, 2.5]]), 'a,"b ""c"", d"\r\n1,2.5\r\n');
});

test("labels that would touch are moved apart, in order, within the bar", () => {
  const placed = apart([{ id: "b", at: 0.52 }, { id: "a", at: 0.5 }, { id: "c", at: 0.99 }], 0.1, 0.05);
  assert.ok(Math.abs((placed.get("b") ?? 0) - (placed.get("a") ?? 0)) >= 0.1 - 1e-9);
  assert.equal(placed.get("c"), 0.95);
  assert.equal(placed.get("a"), 0.5);
});

test("more labels than have room are spread evenly", () => {
  const placed = [...apart(["a", "b", "c"].map((id) => ({ id, at: 1 })), 0.9, 0.1).values()];
  assert.deepEqual(placed.map((at) => Math.round(at * 100) / 100), [0.1, 0.5, 0.9]);
});
