// Who may import whom. Imports run downward only; what joins traces and exploration lives in cli.

/** @type {Readonly<Record<string, readonly string[]>>} */
export const layers = {
  mm: [],
  trace: ["mm"],
  interleave: ["mm"],
  gallery: ["interleave", "mm"],
  oracle: ["interleave", "trace", "mm"],
  cli: ["gallery", "oracle", "interleave", "trace", "mm"],
};

/** Packages whose results may depend on their arguments and on nothing else. */
export const purePackages = ["mm", "interleave"];

export const packageNameOf = (folder) => (folder === "cli" ? "faultline" : `@faultline/${folder}`);
