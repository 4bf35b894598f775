// The client of one of the five, by its name, as an App serves it that has several: /sse/client.js.
declare module "*/client.js" {
  export const connect: import("./shared/backoff.js").Connect;
}
