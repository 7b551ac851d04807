import type { ImportResult } from "@faultline/trace";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderImport } from "../render/import.ts";
import { importFile, type ImportFileOptions } from "../trace/import-file.ts";

/** `faultline import`: holds a kernel's own trace against the model. */
export async function importTrace(path: string, options: ImportFileOptions, ui: Ui): Promise<ExitCode> {
  const found = await importFile(path, options, (line) => {
    ui.progress(`line ${line}`);
  });
  ui.progress(undefined);
  const result = { ...found, trace: options.out ?? null };
  ui.tell(renderImport(path, result, ui.width, ui.style));
  ui.json(result);
  return exitCode(result);
}

/** A difference is certain; what was lost or not understood leaves the question open. */
function exitCode({ divergenceCount, phases, ops, unknown, lost }: ImportResult): ExitCode {
  const differs = phases.some(({ vmas, pages }) => vmas === "differ" || pages === "differ");
  if (divergenceCount > 0 || ops === "differ" || differs) return 1;
  return unknown > 0 || lost > 0 ? 3 : 0;
}
