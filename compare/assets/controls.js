// The controls above: what the feed publishes, and what happens to all connections.

import { address, ask, reason } from "../shared/backoff.js";
import { limit } from "../shared/limit.js";
import { newKey } from "../shared/outbox.js";
import { noAnswer } from "../shared/spoken.js";
import { between } from "./between.js";
import { input, part, put } from "./dom.js";
import { faultsOfAll, slowHint } from "./faults.js";
import { steady } from "./steady.js";

const LIMIT = 10_000;
const AT_ONCE = 1_000; // who is refused is so sooner

/**
 * Makes them work. `broken` hears of a fault that was commanded, `burst` of so many messages; `restart` begins all counts.
 * @typedef {{ broken: (fault: string, name: string | null, at: number) => void }} Broken
 * @param {Broken & { burst: (count: number) => void, restart: () => void }} page
 */
export function controls({ broken, burst, restart }) {
  let shown = { rate: NaN, size: NaN };
  let said = { text: "", key: "" };
  for (const choice of part("rate").querySelectorAll("input")) {
    choice.addEventListener("change", () => send("/feed", { rate: Number(choice.value) }));
  }
  const onSubmit = (/** @type {string} */ form, /** @type {() => void} */ act) => {
    part(form).addEventListener("submit", (event) => {
      event.preventDefault();
      act();
    });
  };
  onSubmit("size-form", () => send("/feed", { size: Number(input("size").value) }));
  onSubmit("burst-form", async () => {
    const count = Number(input("burst").value);
    if (await send("/burst", { count })) burst(count);
  });
  onSubmit("say-form", async () => {
    const text = input("say").value;
    if ((await say(text)) && input("say").value === text) input("say").value = "";
  });
  limit(input("say"), 4_096); // bytes of UTF-8 that the server takes
  part("anew").addEventListener("click", restart);
  faultsOfAll((name) => fault(name, null));
  const showBetween = between((command) => send("/between", command));

  /**
   * Publishes a text. One that was not taken has the same key when it is sent again: its answer may have been lost.
   * @param {string} text
   */
  async function say(text) {
    if (said.text !== text) said = { text, key: newKey() };
    const isTaken = await send("/say", text, said.key);
    if (isTaken) said = { text: "", key: "" };
    return isTaken;
  }

  /**
   * Breaks the connections of one way, or of all; whether it was done.
   * @param {string} name
   * @param {string | null} transport
   */
  async function fault(name, transport) {
    const rate = input("slow-rate");
    if (name === "slow" && !rate.reportValidity()) return false;
    const at = steady();
    const command = { name, transport, ...(name === "slow" && { rate: Number(rate.value) }) };
    const isDone = await send("/fault", command);
    if (isDone) broken(name, transport, at);
    return isDone;
  }

  /**
   * Shows what the feed is set to and what stands between, when it changes: what is being typed stays.
   * @param {import("./state.js").State} state
   */
  function show({ rate, size, between }) {
    if (rate !== shown.rate) {
      for (const choice of part("rate").querySelectorAll("input")) choice.checked = Number(choice.value) === rate;
    }
    if (size !== shown.size) input("size").value = `${size}`;
    shown = { rate, size };
    showBetween(between);
  }

  /**
   * Says whether slow is to be seen, where a message takes so many bytes.
   * @param {number} each
   */
  function hint(each) {
    put(part("slow-hint"), each < Infinity && shown.rate > 0 ? slowHint(Number(input("slow-rate").value), each, shown.rate) : "");
  }

  return { fault, say, show, hint };
}

/**
 * Sends a command, or a text to be published; whether it was taken. What went wrong is said.
 * @param {string} path
 * @param {object | string} command
 * @param {string} [key] of a text
 */
async function send(path, command, key) {
  const isText = typeof command === "string";
  put(part("problem"), "");
  const type = { "Content-Type": isText ? "text/plain" : "application/json" };
  const headers = key ? { ...type, "Idempotency-Key": key } : type;
  const body = isText ? command : JSON.stringify(command);
  const since = performance.now();
  const asked = await ask(address(path), LIMIT, { method: "POST", headers, body });
  const isLate = performance.now() - since > AT_ONCE;
  const why = isLate ? noAnswer() : "The server of this page cannot be reached.";
  if (!asked) put(part("problem"), `It may not have been done. ${why}`);
  else if (!asked.answer.ok) put(part("problem"), `Not done: ${reason(asked.body)}`);
  return asked?.answer.ok ?? false;
}
