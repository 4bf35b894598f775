// What a way costs: the tap's counters since the panel went live, for the messages that the panel has shown since. Over TLS the tap
// counts no messages and no requests, and only what all of it comes to is known.

/**
 * What has passed, in bytes, and what it makes for each message; seconds of the CPU.
 * @typedef {{ up: number, down: number, requests?: number, opened: number, cpu?: number }} Spent
 * @typedef {Spent & { payload?: number, overhead?: number, each?: number }} Cost
 */

/**
 * `since` and `now` are a transport's counters as /events has them. What is not of the channel is left out.
 * @param {import("./state.js").Counts} since
 * @param {import("./state.js").Counts} now
 * @param {number} deliveries
 * @returns {Cost}
 */
export function cost(since, now, deliveries) {
  const [up, down] = [passed(since.up, now.up), passed(since.down, now.down)];
  const messages = now.messages - since.messages;
  const payload = messages > 0 ? (now.down.payload - since.down.payload) / messages : undefined;
  const isSealed = now.up.sealed > since.up.sealed || now.down.sealed > since.down.sealed;
  const each = deliveries > 0 && (isSealed || payload !== undefined) ? Math.max((up + down) / deliveries, payload ?? 0) : undefined;
  const cpu = now.cpu === null || since.cpu === null ? undefined : now.cpu - since.cpu;
  const overhead = each === undefined || payload === undefined ? undefined : each - payload;
  const [requests, opened] = [isSealed ? undefined : now.requests - since.requests, now.opened - since.opened];
  return { up, down, requests, opened, cpu, payload, overhead, each };
}

/**
 * @param {import("./state.js").Bytes} since
 * @param {import("./state.js").Bytes} now
 */
function passed(since, now) {
  return ofChannel(now) - ofChannel(since);
}

/**
 * What is of the channel, or may be.
 * @param {import("./state.js").Bytes} bytes
 */
export function ofChannel({ payload, overhead, sealed }) {
  return payload + overhead + sealed;
}
