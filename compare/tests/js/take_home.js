import { connect } from "./sse/client.js";
import { address } from "./shared/backoff.js";

connect({ url: "/rooms/blue", on: { message: ({ name, words }) => console.log(name, words) } });

export function say(name, words) {
  const headers = { "Content-Type": "text/plain" };
  return fetch(address("/rooms/blue"), { method: "POST", headers, body: JSON.stringify({ name, words }) });
}
