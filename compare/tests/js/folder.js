// The browser's files in a plain folder, as somebody would copy them: shared/backoff.js, sse/client.js and so on.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const WAYS = ["polling", "long-polling", "iframe-stream", "sse", "websocket"];

const project = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "five-ways-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
for (const name of ["shared", "compare", ...WAYS]) {
  cpSync(join(project, name, "assets"), join(folder, name), { recursive: true });
}
cpSync(join(project, "compare/tests/js/take_home.js"), join(folder, "take_home.js"));

/** Imports a file of the folder; with a query, anew. */
export function load(file, query = "") {
  return import(pathToFileURL(join(folder, file)).href + query);
}
