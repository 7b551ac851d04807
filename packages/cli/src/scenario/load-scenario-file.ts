import type { Scenario } from "@faultline/interleave";
import { statSync } from "node:fs";
import { register } from "node:module";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "../command-line/cli-error.ts";
import { blame } from "./blame.ts";
import { scenarioConsole } from "./console.ts";
import type { KnownScenario } from "./known-scenario.ts";
import { hooksUrl } from "./module-hooks.ts";
import { shownPath } from "./shown-path.ts";

let registered = false;

/**
 * Runs a user's scenario file as it is, types and all, and takes its default export.
 * @throws CliError that names the file's own line
 */
export async function loadScenarioFile(named: string): Promise<KnownScenario> {
  const { path, value } = await loadUserModule(named);
  if (!isScenario(value)) throw await wrongExport(value, path);
  const name = basename(path).replace(/(\.scenario)?\.[cm]?[jt]s$/, "");
  return { name, slug: undefined, file: path, scenario: value };
}

/**
 * Runs a user's file as it is, types and all. Its path and its default export.
 * @param what the file is meant to be, for messages
 * @throws CliError that names the file's own line
 */
export async function loadUserModule(
  named: string,
  what = "scenario",
): Promise<{ readonly path: string; readonly value: unknown }> {
  const path = resolve(named);
  requireFile(path, named, what);
  prepare();
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return { path, value: module.default };
  } catch (error) {
    throw await blame(error, path);
  }
}

function prepare(): void {
  if (registered) return;
  registered = true;
  register(hooksUrl);
  globalThis.console = scenarioConsole;
  // Deep enough to find the user's own frame below ours.
  Error.stackTraceLimit = 50;
}

function requireFile(path: string, named: string, what: string): void {
  let why: string | undefined;
  try {
    if (!statSync(path).isFile()) why = "it is no file";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    why = code === "EACCES" ? "you may not read it" : "there is no such file";
  }
  if (why !== undefined) throw new CliError("E_SCENARIO_FILE", `cannot read the ${what} ${named}: ${why}.`);
  if (!/\.(m?ts|m?js)$/.test(path)) {
    throw new CliError(
      "E_SCENARIO_FILE",
      `${shownPath(path)} is no ${what}: the file must end in .ts, .mts, .js or .mjs.`,
    );
  }
}

function isScenario(value: unknown): value is Scenario {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "faultline/scenario";
}

async function wrongExport(value: unknown, path: string): Promise<CliError> {
  const what =
    value === undefined ? "has no default export" : `exports a ${typeof value} by default, which is no scenario`;
  const hint = "A scenario file ends with `export default scenario({ … })`.";
  const error = Object.assign(new Error(`the file ${what}. ${hint}`), { code: "E_SCENARIO_EXPORT" });
  // Made here, so its stack has no frame of the user's: the place is where the export stands.
  return blame(error, path);
}
