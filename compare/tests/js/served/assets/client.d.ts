// The client of any of the five: the page takes whichever is served.
import type { Connect, Setting } from "../shared/backoff.js";

export const connect: Connect;
export const settings: Setting[] | undefined;
