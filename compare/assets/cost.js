// What a way costs: the tap's counters since the panel went live, for the messages that the panel has shown since.

/** `since` and `now` are a transport's counters as /events tells them. What is not of the channel is left out. */
export function cost(since, now, deliveries) {
  const of = (name) => now[name] - since[name];
  const passed = (way) => now[way].payload - since[way].payload + now[way].overhead - since[way].overhead;
  const [up, down, messages] = [passed("up"), passed("down"), of("messages")];
  const payload = messages > 0 ? (now.down.payload - since.down.payload) / messages : undefined;
  const each = deliveries > 0 && payload !== undefined ? Math.max((up + down) / deliveries, payload) : undefined;
  const cpu = now.cpu === null || since.cpu === null ? undefined : of("cpu");
  return { up, down, requests: of("requests"), opened: of("opened"), cpu, payload, overhead: each - payload, each };
}
