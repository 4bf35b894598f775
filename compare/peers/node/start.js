// What the programs here have in common: how they are started, where they say that they are, and when they end.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

const options = { port: { type: "string", default: "0" }, redis: { type: "string" } };
const { values, positionals } = parseArgs({ allowPositionals: true, options });

export const [way] = positionals;
/** Where several processes have their messages in common. */
export const { redis } = values;
export const epoch = randomBytes(4).toString("hex");

/** A server for one of these ways, which listens as soon as this module's caller has done its part. */
export function start(app, ways) {
  if (!ways.includes(way)) {
    console.error(`usage: node PROGRAM WAY [--port N] [--redis URL], and WAY is one of ${ways.join(", ")}`);
    process.exit(2);
  }
  const server = createServer(app);
  server.listen(Number(values.port), "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
  process.stdin.resume().on("close", () => process.exit()); // who started it may be gone
  return server;
}
