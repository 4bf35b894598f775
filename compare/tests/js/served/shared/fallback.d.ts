export * from "../../../../../shared/assets/fallback.js";
