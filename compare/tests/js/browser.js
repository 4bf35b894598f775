// As much of a browser as the five clients use: each request and each connection is kept, and answered by hand.

/** Makes it. `asked` has what was asked for, in order; `probes` what was asked by HEAD; `errors` what was reported to the console. */
export function browser() {
  const seen = { asked: [], probes: [], errors: [], frames: [] };
  const document = new EventTarget();
  Object.assign(document, {
    baseURI: "https://shop.example/news/", hidden: false, readyState: "complete", body: node(), createElement,
  });

  function createElement(name) {
    const element = node();
    if (name !== "iframe") return element;
    const inside = Object.assign(node(), { createElement, open() {}, close() {} });
    Object.defineProperty(element, "src", { set: (src) => seen.asked.push(connection(src, element)) });
    return Object.assign(element, { contentDocument: inside, contentWindow: {} });
  }

  /** An element that can be put into another. */
  function node() {
    const children = [];
    const append = (child) => {
      children.push(child);
      child.around = result;
    };
    const result = { append, appendChild: (child) => (append(child), child), remove: () => (result.removed = true) };
    return result;
  }

  function connection(url, fake) {
    return Object.assign(fake, { url: new URL(url) });
  }

  class Source extends EventTarget {
    static CLOSED = 2;
    readyState = 0;
    constructor(url) {
      super();
      seen.asked.push(connection(url, this));
    }
    close() {
      this.readyState = 2;
    }
    say(type, data, lastEventId) {
      this.readyState = 1;
      this.dispatchEvent(Object.assign(new Event(type), { data, lastEventId }));
    }
    fail(readyState) {
      this.readyState = readyState;
      this.onerror?.({});
    }
  }

  class Socket {
    static OPEN = 1;
    readyState = 0;
    sent = [];
    constructor(url, protocols) {
      seen.asked.push(Object.assign(connection(url, this), { protocols }));
    }
    send(what) {
      this.sent.push(what);
    }
    close() {
      this.readyState = 3;
    }
    open() {
      this.readyState = 1;
      this.onopen?.({});
    }
  }

  const fetch = (url, { signal, method, ...init }) => new Promise((resolve, reject) => {
    const answer = (status, body, headers = {}) => {
      resolve(new Response(body && JSON.stringify(body), { status, headers }));
    };
    signal.addEventListener("abort", () => reject(signal.reason));
    (method === "HEAD" ? seen.probes : seen.asked).push(connection(url, { answer, fail: () => reject(new TypeError("no network")), signal, init }));
  });

  const window = new EventTarget();
  Object.assign(globalThis, {
    document, fetch, dispatchEvent: window.dispatchEvent.bind(window), EventSource: Source, WebSocket: Socket,
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    reportError: (error) => seen.errors.push(error),
  });
  return seen;
}
