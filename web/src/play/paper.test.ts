import assert from "node:assert/strict";
import { test } from "node:test";
import { blank, boldest, brushes, distance, hexOf, inkOf, ledTo, painted, palette, same, strokeAt } from "./paper";
import { begun, done, KEPT, redone, undone } from "./undoing";
import { veil } from "./heat";

const at = (x: number, y: number) => ({ x, y });

test("a dab covers what lies under the brush and leaves the rest", () => {
  const sheet = painted(strokeAt(blank(5, 5, 1, [0]), at(2.5, 2.5), [255], 1));
  assert.equal(sheet.data[12], 255);
  assert.deepEqual([sheet.data[0], sheet.data[24]], [0, 0]);
  assert.ok((sheet.data[13] ?? 0) > 0 && (sheet.data[13] ?? 0) < 255, "edges are soft");
});

test("going twice over a place makes it no darker", () => {
  const once = ledTo(strokeAt(blank(4, 8, 1, [0]), at(1, 2), [200], 0.6), at(6, 2));
  const first = painted(once).data.slice();
  const twice = painted(ledTo(ledTo(once, at(1, 2)), at(6, 2)));
  assert.deepEqual(twice.data, first);
});

test("a quick stroke has no gaps", () => {
  const sheet = painted(ledTo(strokeAt(blank(3, 12, 1, [0]), at(0.5, 1.5), [255], 0.5), at(11.5, 1.5)));
  for (let x = 0; x < 12; x++) assert.ok((sheet.data[12 + x] ?? 0) > 200);
});

test("strokes beyond the edge are cut there", () => {
  const sheet = painted(ledTo(strokeAt(blank(3, 3, 3, [9, 9, 9]), at(-5, -5), [1, 2, 3], 1), at(-2, 8)));
  assert.deepEqual(sheet.data, blank(3, 3, 3, [9, 9, 9]).data);
});

test("colours are painted channel by channel", () => {
  const sheet = painted(strokeAt(blank(1, 1, 3, [255, 255, 255]), at(0.5, 0.5), [10, 20, 30], 2));
  assert.deepEqual([...sheet.data], [10, 20, 30]);
});

test("the sheet under a stroke stays as it was", () => {
  const paper = blank(3, 3, 1, [7]);
  painted(strokeAt(paper, at(1, 1), [255], 2));
  assert.ok(same(paper, blank(3, 3, 1, [7])));
});

test("the distance to a stroke is that to its nearest point", () => {
  assert.equal(distance(at(5, 3), at(0, 0), at(10, 0)), 3);
  assert.equal(distance(at(-3, 4), at(0, 0), at(10, 0)), 5);
  assert.equal(distance(at(3, 4), at(0, 0), at(0, 0)), 5);
});

test("brushes grow with the picture, and the smallest still paints", () => {
  const [fine, , broad] = brushes(8, 8);
  assert.ok(fine >= 0.5 && broad > fine);
  assert.ok(brushes(256, 256)[0] > brushes(28, 28)[0]);
});

test("the first ink stands out from the paper", () => {
  assert.deepEqual(boldest([0], palette(1)), [255]);
  assert.deepEqual(boldest([255], palette(1)), [0]);
  assert.deepEqual(boldest([255, 255, 255], palette(3)), [30, 30, 34]);
});

test("colours go to hex and back; grey is their luma", () => {
  assert.equal(hexOf(inkOf("#0a141e", 3)), "#0a141e");
  assert.deepEqual(inkOf("#ff0000", 1), [76]);
  assert.equal(hexOf([16]), "#101010");
});

test("what was done can be taken back and done again", () => {
  const two = done(done(begun("a"), "b"), "c");
  assert.equal(undone(two).now, "b");
  assert.equal(redone(undone(two)).now, "c");
  assert.equal(undone(undone(undone(two))).now, "a");
});

test("a new step forgets what was taken back", () => {
  assert.deepEqual(redone(done(undone(done(begun(1), 2)), 3)).now, 3);
});

test("no more steps are kept than may be", () => {
  let undoing = begun(0);
  for (let i = 1; i < 3 * KEPT; i++) undoing = done(undoing, i);
  assert.equal(undoing.past.length, KEPT);
});

test("heat veils what is hot and leaves the rest clear", () => {
  const bytes = veil(new Uint8Array([0, 20, 255]), [1, 2, 3], 0.5);
  assert.deepEqual([bytes[3], bytes[7], bytes[11]], [0, 0, 128]);
  assert.deepEqual([...bytes.slice(8, 11)], [1, 2, 3]);
});
