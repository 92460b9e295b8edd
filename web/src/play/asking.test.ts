import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { answered, seen } from "./asking";

const verdict = { right: true, late: false, truth: "real", judge: { answer: "real", right: true }, streak: 1, best_streak: 1 };
const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

/** A network that answers by turns, and what was asked of it. */
function network(...turns: (() => Response)[]): string[] {
  const asked: string[] = [];
  globalThis.fetch = ((address: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? "GET"} ${address}`);
    const turn = turns.shift();
    return new Promise((resolve) => resolve((turn as () => Response)()));
  }) as typeof fetch;
  return asked;
}

const json = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const broken = (): Response => {
  throw new TypeError("no connection");
};

test("an answer that the server has already is read from the round", async () => {
  const asked = network(json(409, { error: "answered" }), json(200, { answers: [{ ...verdict, streak: 0 }, verdict] }));
  assert.deepEqual(await answered("r", "x", 1, "real", 1), verdict);
  assert.deepEqual(asked, ["POST /api/runs/r/play/rounds/x/1", "GET /api/runs/r/play/rounds/x"]);
});

test("what is refused for another reason stays refused", async () => {
  network(json(409, { error: "not asked yet" }), json(200, { answers: [] }));
  await assert.rejects(answered("r", "x", 0, "real", 1), /not asked yet/);
  network(json(404, { error: "not there any more" }));
  await assert.rejects(answered("r", "x", 0, "real", 1), /not there any more/);
});

test("that a question is seen is said once more where it was lost, and never stops the game", async () => {
  const asked = network(broken, json(200, { seconds: 5 }));
  await seen("r", "x", 0);
  assert.deepEqual(asked, Array(2).fill("POST /api/runs/r/play/rounds/x/0/shown"));
  network(broken, broken);
  await seen("r", "x", 0);
});
