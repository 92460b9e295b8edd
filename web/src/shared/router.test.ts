import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutToken } from "./router";

test("the token leaves the address, and nothing else does", () => {
  assert.equal(withoutToken("?token=a-b_c"), "");
  assert.equal(withoutToken("?runs=a%2Cb&token=x&as=forger"), "?runs=a%2Cb&as=forger");
  assert.equal(withoutToken("?runs=a,b"), "?runs=a,b");
  assert.equal(withoutToken(""), "");
});
