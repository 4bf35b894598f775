export * from "../../../../../shared/assets/outbox.js";
