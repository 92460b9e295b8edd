import assert from "node:assert/strict";
import { test } from "node:test";
import { Newest } from "./newest";

/** Work whose ends the test decides. */
function bench() {
  const begun: { asked: number; end: (fail?: boolean) => Promise<void> }[] = [];
  const heard: string[] = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const work = (asked: number) =>
    new Promise<number>((resolve, reject) => {
      const end = (fail = false) => (fail ? reject(new Error("no")) : resolve(asked * 10), settle());
      begun.push({ asked, end });
    });
  const told = { done: (result: number) => heard.push(`${result}`), failed: (_: unknown, asked: number) => heard.push(`no ${asked}`) };
  return { begun, heard, work, told };
}

test("of what waits only the newest is done, one at a time", async () => {
  const { begun, heard, work, told } = bench();
  const newest = new Newest(work, told);
  for (const asked of [1, 2, 3, 4]) newest.ask(asked);
  assert.deepEqual(begun.map((b) => b.asked), [1]);
  assert.equal(newest.waits, true);
  await begun[0]?.end();
  assert.equal(newest.waits, false);
  assert.deepEqual(begun.map((b) => b.asked), [1, 4]);
  await begun[1]?.end();
  assert.deepEqual(heard, ["10", "40"]);
});

test("a failure is told and does not stop what comes after", async () => {
  const { begun, heard, work, told } = bench();
  const newest = new Newest(work, told);
  newest.ask(1);
  newest.ask(2);
  await begun[0]?.end(true);
  await begun[1]?.end();
  assert.deepEqual(heard, ["no 1", "20"]);
});

test("what was under way when all was dropped ends unheard", async () => {
  const { begun, heard, work, told } = bench();
  const newest = new Newest(work, told);
  newest.ask(1);
  newest.drop();
  newest.ask(2);
  await begun[0]?.end();
  await begun[1]?.end();
  assert.deepEqual(heard, ["20"]);
});

test("with a rest, work begins when no more is asked for", async () => {
  const { begun, work, told } = bench();
  const timers = new Map<number, () => void>();
  let next = 0;
  const clock = { set: (run: () => void) => (timers.set(++next, run), next), clear: (handle: unknown) => void timers.delete(handle as number) };
  const newest = new Newest(work, told, 150, clock);
  newest.ask(1);
  newest.ask(2);
  assert.equal(begun.length, 0);
  assert.equal(timers.size, 1);
  for (const run of timers.values()) run();
  assert.deepEqual(begun.map((b) => b.asked), [2]);
});

test("closed, nothing is done any more", () => {
  const { begun, work, told } = bench();
  const newest = new Newest(work, told);
  newest.close();
  newest.ask(1);
  assert.equal(begun.length, 0);
});
