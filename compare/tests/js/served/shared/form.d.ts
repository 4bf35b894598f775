export * from "../../../../../shared/assets/form.js";
