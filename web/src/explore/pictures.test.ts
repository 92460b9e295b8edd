import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "../shared/pixels";
import { apartBy, picturesFrom } from "./pictures";

test("what the generator makes becomes bytes, pixel by pixel with the channels innermost", () => {
  // One picture of 1 x 2 pixels in three channels, each channel a plane of its own
  const raw = picturesFrom(new Float32Array([-1, 1, 0, 0, 1, -1]), [1, 3, 1, 2]);
  assert.deepEqual([...bytesOf(raw)], [0, 128, 255, 255, 128, 0]);
  assert.deepEqual([raw.n, raw.height, raw.width, raw.channels], [1, 1, 2, 3]);
});

test("several pictures follow each other", () => {
  const raw = picturesFrom(new Float32Array([-1, 1]), [2, 1, 1, 1]);
  assert.deepEqual([...bytesOf(raw)], [0, 255]);
});

test("numbers beyond the range end at black and white", () => {
  assert.deepEqual([...bytesOf(picturesFrom(new Float32Array([-3, 7]), [1, 1, 1, 2]))], [0, 255]);
});

test("pictures are as far apart as their most different byte", () => {
  assert.equal(apartBy(new Uint8Array([1, 9]), new Uint8Array([2, 4])), 5);
  assert.equal(apartBy(new Uint8Array([1]), new Uint8Array([1, 1])), 255);
});
