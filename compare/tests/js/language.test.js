// The browser's own formats are given only languages that they take.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { load, WAYS } from "./folder.js";

globalThis.navigator ??= { language: "en" };

test("a language that no format takes is another before anything asks for it", async () => {
  const { mend } = await load("compare/language.js");

  for (const [is, becomes] of [["C", "en-US"], ["", "en-US"], ["de-AT", "de-AT"], ["en", "en"], [undefined, "en-US"]]) {
    const navigator = { language: is };
    mend(navigator);

    assert.equal(navigator.language, becomes);
    new Intl.NumberFormat(navigator.language);
  }
});

test("no script of ours formats anything in whichever language the browser is set to", () => {
  const project = fileURLToPath(new URL("../../../", import.meta.url));

  for (const folder of ["shared", "compare", ...WAYS].map((name) => `${project}${name}/assets/`)) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
      const asked = readFileSync(folder + file, "utf8").matchAll(/(?:\.toLocale\w*|\bIntl\.\w+)\((?!"en-|navigator\.language\))/g);
      assert.deepEqual([...asked].map(([call]) => `${file}: ${call}`), []);
    }
  }
});
