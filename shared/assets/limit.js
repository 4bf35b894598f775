// A field that may hold so many bytes, as the server counts them. `maxlength` counts UTF-16 units: of 4,096 characters
// that Chinese is written with, which pass it, a third fits.

/**
 * Says in a field that it holds too much, and holds its form back then.
 * @param {HTMLInputElement} field
 * @param {number} most
 */
export function limit(field, most) {
  field.addEventListener("input", () => {
    const { length } = new TextEncoder().encode(field.value);
    const figures = `${length.toLocaleString("en-US")} of ${most.toLocaleString("en-US")}`;
    field.setCustomValidity(length > most ? `Too long: ${figures} bytes.` : "");
  });
}
