import assert from "node:assert/strict";
import { test } from "node:test";
import { Paced } from "./paced";

/** A reading that ends when it is told to. */
class Source {
  count = 0;
  private end: () => void = () => undefined;

  read = (): Promise<void> => {
    this.count += 1;
    return new Promise((done) => (this.end = done));
  };

  async ends(): Promise<void> {
    this.end();
    await soon();
  }
}

function soon(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

test("what is asked for while it is read is read once more, however often it was asked for", async () => {
  const source = new Source();
  const paced = new Paced(source.read);
  paced.soon(0);
  await soon();
  paced.soon(0);
  paced.soon(0);
  await soon();
  assert.equal(source.count, 1);
  await source.ends();
  await soon();
  assert.equal(source.count, 2);
  await source.ends();
  await soon();
  assert.equal(source.count, 2);
  paced.close();
});

test("the next reading waits, unless it is wanted at once", async () => {
  const source = new Source();
  const paced = new Paced(source.read);
  paced.soon(1e6);
  await soon();
  assert.equal(source.count, 1, "the first does not wait");
  await source.ends();
  paced.soon(1e6);
  await soon();
  assert.equal(source.count, 1);
  paced.hurry(0);
  await soon();
  assert.equal(source.count, 2);
  await source.ends();
  paced.hurry(0);
  await soon();
  assert.equal(source.count, 2, "nothing waits any more");
  paced.close();
});

test("a reading that fails does not end them", async () => {
  let count = 0;
  const paced = new Paced(() => Promise.reject(new Error(String((count += 1)))));
  paced.soon(0);
  await soon();
  paced.soon(0);
  await soon();
  assert.equal(count, 2);
  paced.close();
});
