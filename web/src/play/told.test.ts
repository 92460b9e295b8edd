import assert from "node:assert/strict";
import { test } from "node:test";
import { play as texts } from "../texts/play";
import { toldOf } from "./told";

const verdict = { right: false, late: false, truth: "real", judge: { answer: "real", right: true }, streak: 0, best_streak: 0 } as const;

test("an answer that came too late is told as late, not as wrong", () => {
  assert.equal(toldOf(0, { ...verdict, late: true }), "Time is up. This one is real.");
  assert.equal(toldOf(0, { ...verdict, truth: 2, late: true }), "Time is up. Item 3 is the forgery.");
  assert.equal(toldOf(0, verdict), "No: this one is real.");
});

test("right answers are told in turns, and a streak with joy", () => {
  assert.equal(toldOf(1, { ...verdict, right: true, streak: 1 }), texts.outcome.right[1]);
  assert.equal(toldOf(1, { ...verdict, right: true, streak: 3 }), texts.outcome.joy[1]);
});
