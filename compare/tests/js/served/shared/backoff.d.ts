export * from "../../../../../shared/assets/backoff.js";
