import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { thisMachine, tracefsOf } from "../capture/requirements.ts";
import { type Ended, runTraced } from "../capture/run-traced.ts";
import { TraceInstance } from "../capture/trace-instance.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { printable } from "../render/wrap.ts";
import { importTrace } from "./import.ts";

export interface CaptureOptions {
  readonly profile?: string;
  readonly out?: string;
  readonly lean?: boolean;
  /** Where to keep the kernel's text. */
  readonly save?: string;
  readonly clock: string;
  /** Kilobytes for each CPU. */
  readonly buffer: number;
  readonly tracefs?: string;
}

/** `faultline capture -- CMD`: runs a command in an ftrace instance of its own and imports what the kernel wrote. */
export async function captureCommand(command: string[], options: CaptureOptions, ui: Ui): Promise<ExitCode> {
  const tracefs = tracefsOf(thisMachine(), options.tracefs);
  const folder = mkdtempSync(join(tmpdir(), "faultline-"));
  const text = options.save ?? join(folder, "trace.txt");
  try {
    await record(tracefs, command, text, options, ui);
    const { profile, out, lean } = options;
    return await importTrace(text, { ...given({ profile, out, lean }) }, ui);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function record(
  tracefs: string,
  command: readonly string[],
  text: string,
  { buffer, clock }: CaptureOptions,
  ui: Ui,
): Promise<void> {
  const instance = new TraceInstance(tracefs, `faultline.${process.pid}`, { bufferKilobytes: buffer, clock });
  // Whatever ends this process, the instance goes: it would trace on, and nobody would know.
  const last = (): void => {
    instance.remove();
  };
  process.on("exit", last);
  try {
    const ended = await runTraced(command, (pid) => {
      instance.start(pid);
    });
    instance.stop();
    ui.print(endText(command, ended));
    await instance.save(text);
  } finally {
    instance.remove();
    process.off("exit", last);
  }
}

function endText(command: readonly string[], { code, signal, interrupted }: Ended): string {
  const how = signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`;
  const stopped = interrupted === undefined ? "" : `, on ${interrupted}`;
  return `captured  ${printable(command.join(" "))}: ${how}${stopped}`;
}

/** The options that were given. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
