export * from "../../../../../shared/assets/judge.js";
