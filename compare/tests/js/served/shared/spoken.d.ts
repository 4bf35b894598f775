export * from "../../../../../shared/assets/spoken.js";
