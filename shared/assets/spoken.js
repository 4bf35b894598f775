// By which HTTP this page came, and what that means for how many tabs can hold a line to its server.

/**
 * In words, where the browser tells.
 * @param {string | undefined} protocol
 */
export function spoken(protocol = came()) {
  if (protocol === "h2") return "HTTP/2: all tabs share one connection, and a hundred lines fit; the next waits without a word";
  return protocol?.startsWith("http/1") ? "HTTP/1.1: six connections for all tabs; what needs a seventh waits" : undefined;
}

/**
 * What there is to say where no answer comes for long: a server that is down refuses at once.
 * @param {string | undefined} protocol
 */
export function noAnswer(protocol = came()) {
  const lines = protocol === "h2" ? "has a hundred lines" : "opens six connections";
  return `No answer. A browser ${lines} to an address, for all its tabs together, and this one may have none left: close other tabs ` +
    "of this page. Or the network is down.";
}

function came() {
  const [page] = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("navigation"));
  return page?.nextHopProtocol;
}
