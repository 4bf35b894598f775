// A language that the browser's own formats take: WebKit's is "C" where the system has none, and `Intl` throws at that. uPlot asks
// for it while it is being loaded, so this is imported before.

/** @param {{ language: string }} navigator */
export function mend(navigator) {
  try {
    new Intl.Locale(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US" });
  }
}

mend(navigator);
