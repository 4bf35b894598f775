// What each program here is started with, an address and a number, and what it prints: a line for each message and each gap,
// until it has had so many messages.

export const [url, count] = process.argv.slice(-2);
let left = Number(count);

/** @param {string} line the id of a message, or "gap" */
export function show(line) {
  console.log(line);
  if (line !== "gap") left -= 1;
  if (left === 0) process.exit();
}
