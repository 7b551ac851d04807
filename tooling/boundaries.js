// What a file may reach, as lint configuration: project references alone do not stop an upward import.
import { builtinModules } from "node:module";
import { layers, packageNameOf, purePackages } from "./layers.js";

const impure = "has to be a function of its arguments: no clock, no randomness, no I/O.";

const impureGlobals = [
  ...["Date", "performance", "crypto", "Intl"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
  ...["process", "console", "fetch"],
  // Both tell when the garbage collector ran.
  ...["WeakRef", "FinalizationRegistry"],
  // The way round all of the above.
  ...["globalThis", "global"],
];

const impureProperties = [
  { object: "Math", property: "random", message: `This package ${impure}` },
  // These answer differently on another machine's locale.
  { property: "localeCompare", message: `This package ${impure}` },
  { property: "toLocaleString", message: `This package ${impure}` },
];

const noDefaultExport = [
  {
    selector: "ExportDefaultDeclaration",
    message: "Export by name: a thing has one name everywhere.",
  },
  {
    selector: "ExportSpecifier[exported.name='default']",
    message: "Export by name: a thing has one name everywhere.",
  },
];

const noExportAll = {
  selector: "ExportAllDeclaration",
  message: "List what is exported: a package's surface is a decision.",
};

const noDynamicImport = {
  selector: "ImportExpression",
  message: "A pure package knows its imports before it runs.",
};

/** Patterns for everything of ours that `folder` may not import. */
function upwardImports(folder) {
  const banned = Object.keys(layers).filter((other) => other !== folder && !layers[folder].includes(other));
  return [
    ...banned.map((other) => ({
      regex: `^${packageNameOf(other)}(/|$)`,
      message: `${packageNameOf(folder)} lies below or beside ${packageNameOf(other)}.`,
    })),
    {
      regex: `^\\.\\.?/(.*/)?(${Object.keys(layers).join("|")})/(src|dist)(/|$)`,
      message: "Import another package by its name.",
    },
  ];
}

const nodeBuiltins = {
  regex: `^(node:.*|(${builtinModules.map((name) => name.replaceAll("/", "\\/")).join("|")})(/.*)?)$`,
  message: `This package ${impure}`,
};

const restrictImports = (...patterns) => ({ "no-restricted-imports": ["error", { patterns }] });

const layering = Object.keys(layers).map((folder) => ({
  name: `faultline/layers/${folder}`,
  files: [`packages/${folder}/**`],
  rules: restrictImports(...upwardImports(folder)),
}));

const purity = purePackages.map((folder) => ({
  name: `faultline/purity/${folder}`,
  files: [`packages/${folder}/src/**`],
  rules: {
    ...restrictImports(...upwardImports(folder), nodeBuiltins),
    "no-restricted-globals": ["error", ...impureGlobals.map((name) => ({ name, message: `This package ${impure}` }))],
    "no-restricted-properties": ["error", ...impureProperties],
    "no-restricted-syntax": ["error", ...noDefaultExport, noExportAll, noDynamicImport],
  },
}));

// Order matters: a later entry replaces the same rule of an earlier one.
export const boundaries = [
  {
    name: "faultline/exports",
    rules: { "no-restricted-syntax": ["error", ...noDefaultExport, noExportAll] },
  },
  {
    name: "faultline/exports/loaded-by-path",
    // A scenario is found by its file, and tools find their configuration so.
    files: ["packages/gallery/src/entries/**", "**/*.scenario.ts", "**/*.config.{js,ts}"],
    rules: { "no-restricted-syntax": ["error", noExportAll] },
  },
  ...layering,
  ...purity,
];
