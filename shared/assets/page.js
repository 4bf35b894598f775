// The page around every demo: shows what the transport's client hears, and sends what is typed.

import { connect } from "/assets/client.js";

const SHOWN = 50;
const { cursor, heartbeat, hold, embed } = document.documentElement.dataset;
const parents = embed.split(" ").filter((origin) => origin && parent !== window);
const part = (id) => document.getElementById(id);

const on = { state, message, gap, problem };
const line = connect({ cursor, heartbeat: Number(heartbeat), hold: Number(hold), on });
addEventListener("pagehide", line.close);
part("send").addEventListener("submit", send);

/** The line is connecting, live, or reconnecting in so many ms. */
function state(name, wait) {
  const text = wait === undefined ? name : `${name} in ${(wait / 1_000).toFixed(1)} s`;
  if (part("state").textContent === text) return;
  part("state").textContent = text;
  part("state").dataset.state = name;
  report({ state: name, wait });
}

function message({ id, at, kind, text }) {
  if (kind === "clock") part("clock").textContent = text.split(" ").at(-1);
  else show(text, new Date(at));
  report({ id, at, seen: Date.now() });
}

function gap() {
  show("Some messages were missed here.").classList.add("gap");
  report({ gap: true });
}

/** Puts a line on the list: the newest is the first. */
function show(text, at) {
  const item = document.createElement("li");
  if (at) {
    const time = document.createElement("time");
    time.dateTime = at.toISOString();
    time.textContent = at.toLocaleTimeString();
    item.append(time);
  }
  const words = document.createElement("span");
  words.textContent = text;
  item.append(words);
  part("messages").prepend(item);
  while (part("messages").children.length > SHOWN) part("messages").lastChild.remove();
  return item;
}

/** Sends what was typed: by the transport itself where it goes both ways, else by a request of its own. */
async function send(event) {
  event.preventDefault();
  const text = part("text").value;
  problem("");
  const sent = line.send ? line.send(text) : await post(text);
  if (sent) part("text").value = "";
  else if (!part("problem").textContent) problem("Not sent: there is no connection. Try again.");
}

async function post(text) {
  try {
    const answer = await fetch("/messages", { method: "POST", headers: { "Content-Type": "text/plain" }, body: text });
    if (!answer.ok) problem(`Not sent: ${(await answer.json()).error}`);
    return answer.ok;
  } catch {
    return false;
  }
}

function problem(text) {
  part("problem").textContent = text;
}

/** Tells an allowed parent what happened; to any other, the browser does not deliver it. */
function report(what) {
  for (const origin of parents) parent.postMessage(what, origin);
}
