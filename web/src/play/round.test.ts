import assert from "node:assert/strict";
import { test } from "node:test";
import { after, answerOf, chance, dealt, type Happening, joy, laid, last, left, type Rules, type Table } from "./round";

const ONE: Rules = { mode: "one", questions: 2, choices: 1, seconds: null };
const SEVERAL: Rules = { mode: "several", questions: 2, choices: 4, seconds: 10 };
const item = new Uint8Array([1, 2, 3]);
const right = { right: true, late: false, truth: "real", judge: { answer: "forged", right: false }, streak: 1, best_streak: 1 } as const;
const all = (rules: Rules, ...happenings: Happening[]): Table => happenings.reduce(after, laid(rules));
const asked: Happening = { what: "dealt", k: 0, items: [item] };

test("a round goes through its questions and is over", () => {
  const question = (k: number): Happening[] => [
    { what: "dealt", k, items: [item] },
    { what: "answered", answer: "real" },
    { what: "judged", k, verdict: right },
    { what: "next" },
  ];
  const table = all(ONE, ...question(0), ...question(1));
  assert.equal(table.phase, "over");
  assert.equal(table.marks.length, 2);
  assert.equal(last(table)?.verdict.truth, "real");
});

test("a second answer to a question counts for nothing", () => {
  const table = all(ONE, asked, { what: "answered", answer: "real" }, { what: "answered", answer: "forged" });
  assert.equal(table.answer, "real");
});

test("an answer that the mode does not know is not taken", () => {
  assert.equal(all(ONE, asked, { what: "answered", answer: 2 }).phase, "asking");
  assert.equal(all(SEVERAL, asked, { what: "answered", answer: 4 }).phase, "asking");
  assert.equal(all(SEVERAL, asked, { what: "answered", answer: "real" }).phase, "asking");
});

test("time runs out only against the clock", () => {
  assert.equal(all(ONE, asked, { what: "answered", answer: null }).phase, "asking");
  assert.equal(all(SEVERAL, asked, { what: "answered", answer: null }).phase, "sending");
});

test("what comes late, for another question, changes nothing", () => {
  const table = all(ONE, asked, { what: "answered", answer: "real" });
  assert.equal(after(table, { what: "judged", k: 1, verdict: right }), table);
  assert.equal(after(laid(ONE), { what: "dealt", k: 3, items: [item] }).phase, "dealing");
});

test("after a lost connection the same step is tried again, and the answer is kept", () => {
  const broken = all(ONE, asked, { what: "answered", answer: "forged" }, { what: "failed", words: "lost" });
  assert.deepEqual([broken.phase, broken.trouble?.during], ["broken", "sending"]);
  const again = after(broken, { what: "retry" });
  assert.deepEqual([again.phase, again.answer, again.trouble], ["sending", "forged", null]);
});

test("bytes are dealt as items of equal length, or refused", () => {
  assert.deepEqual(dealt(new Uint8Array([1, 2, 3, 4]), 2).map((part) => [...part]), [[1, 2], [3, 4]]);
  assert.throws(() => dealt(new Uint8Array(5), 2), /equal length/);
});

test("keys answer as the mode asks", () => {
  assert.deepEqual(["r", "F", "ArrowLeft", "ArrowRight", "1", "x"].map((key) => answerOf(ONE, key)), ["real", "forged", "real", "forged", undefined, undefined]);
  assert.deepEqual(["1", "4", "5", "0", "r"].map((key) => answerOf(SEVERAL, key)), [0, 3, undefined, undefined, undefined]);
});

test("chance is half, or one of those shown", () => {
  assert.deepEqual([chance(ONE), chance(SEVERAL)], [0.5, 0.25]);
});

test("joy comes at milestones", () => {
  assert.deepEqual([0, 1, 3, 4, 5, 10, 11, 15].map(joy), [0, 0, 1, 0, 2, 3, 0, 3]);
});

test("time left ends at nought", () => {
  assert.deepEqual([left(5, 0, 2000), left(5, 0, 9000)], [3, 0]);
});
