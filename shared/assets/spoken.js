// By which HTTP this page came, and what that means for how many tabs can hold a line to its server.

/**
 * In words, where the browser tells.
 * @param {string | undefined} protocol
 */
export function spoken(protocol = came()) {
  if (protocol === "h2") return "HTTP/2: all tabs share one connection, and a hundred lines fit; the next waits without a word";
  return protocol?.startsWith("http/1") ? "HTTP/1.1: six connections for all tabs; what needs a seventh waits" : undefined;
}

function came() {
  const [page] = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("navigation"));
  return page?.nextHopProtocol;
}
