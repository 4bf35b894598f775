export * from "../../../../../shared/assets/limit.js";
