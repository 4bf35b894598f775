// The controls above: what the feed publishes, and what happens to all connections.

import { part, put } from "./dom.js";
import { faultsOfAll } from "./faults.js";

const LIMIT = 10_000;

/** Makes them work. `broken` hears of a fault that was commanded; `restart` begins all counts. */
export function controls({ broken, restart }) {
  let shown = {};
  for (const input of part("rate").querySelectorAll("input")) {
    input.addEventListener("change", () => send("/feed", { rate: Number(input.value) }));
  }
  const onSubmit = (form, act) => part(form).addEventListener("submit", (event) => act(event.preventDefault()));
  onSubmit("size-form", () => send("/feed", { size: Number(part("size").value) }));
  onSubmit("burst-form", () => send("/burst", { count: Number(part("burst").value) }));
  onSubmit("say-form", say);
  part("anew").addEventListener("click", restart);
  faultsOfAll((name) => fault(name, null));

  async function say() {
    const text = part("say").value;
    if ((await send("/say", text)) && part("say").value === text) part("say").value = "";
  }

  /** Breaks the connections of one way, or of all. */
  async function fault(name, transport) {
    const rate = part("slow-rate");
    if (name === "slow" && !rate.reportValidity()) return;
    const at = Date.now();
    const command = { name, transport, ...(name === "slow" && { rate: Number(rate.value) }) };
    if (await send("/fault", command)) broken(name, transport, at);
  }

  /** Shows what the feed is set to, when it changes: what is being typed stays. */
  function show({ rate, size }) {
    if (rate !== shown.rate) part("rate").querySelector(`[value="${rate}"]`).checked = true;
    if (size !== shown.size) part("size").value = size;
    shown = { rate, size };
  }

  return { fault, show };
}

/** Sends a command, or a text to be published; whether it was taken. What went wrong is said. */
async function send(path, command) {
  const isText = typeof command === "string";
  put(part("problem"), "");
  try {
    const headers = { "Content-Type": isText ? "text/plain" : "application/json" };
    const init = { method: "POST", headers, body: isText ? command : JSON.stringify(command) };
    const answer = await fetch(path, { ...init, signal: AbortSignal.timeout(LIMIT) });
    if (!answer.ok) put(part("problem"), `Not done: ${(await answer.json()).error}`);
    return answer.ok;
  } catch {
    put(part("problem"), "Not done: the server of this page did not answer.");
    return false;
  }
}
