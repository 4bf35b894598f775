// A field counts as the server does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./folder.js";

const { limit } = await load("shared/limit.js");

test("a text of 4,096 bytes passes, and one more is said in the field", () => {
  let said;
  const field = Object.assign(new EventTarget(), { value: "", setCustomValidity: (words) => (said = words) });
  limit(field, 4_096);

  for (const [text, words] of [
    ["字".repeat(1_365), ""], ["字".repeat(1_366), "Too long: 4,098 of 4,096 bytes."], ["x".repeat(4_096), ""],
    ["x".repeat(4_097), "Too long: 4,097 of 4,096 bytes."], ["", ""],
  ]) {
    field.value = text;
    field.dispatchEvent(new Event("input"));
    assert.equal(said, words);
  }
});
