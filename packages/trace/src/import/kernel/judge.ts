import { ERRNO } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import type { Report } from "../report.ts";
import type { Call } from "../world/task.ts";
import { UNJUDGED } from "./unjudged.ts";

/** What came of holding a result against the model's. */
export interface Judgement {
  /** Why it was not. */
  readonly unjudged: string | undefined;
  /** Whether the model did something else: what the call may have changed is not known then. */
  readonly differs: boolean;
}

/** Holds what a system call returned against what the model's did; or counts why that cannot be told. */
export function judge(report: Report, who: string, call: Call, result: number): Judgement {
  const { name, result: model, excuse } = call;
  const differs = model !== null && model !== result;
  const unjudged = differs ? excuse : model === null ? (call.unjudged ?? UNJUDGED.left) : call.unjudged;
  if (unjudged !== undefined) {
    report.unjudge(unjudged);
    return { unjudged, differs };
  }
  report.compared.syscalls++;
  if (differs) {
    const told = model === undefined ? "has not returned" : `returns ${spell(model)}`;
    report.differ("ops", `${name} of ${who} returns ${spell(result)}; the model's ${told}`);
  }
  return { unjudged, differs };
}

/** Whether a call makes a task. */
export function forks(name: SyscallName): boolean {
  return name === "clone" || name === "clone3" || name === "fork" || name === "vfork";
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ERRNO).map(([name, value]) => [value, name]));

/** `-ENOMEM`, an address in hexadecimal, a small number as it is. */
function spell(value: number): string {
  if (value < 0) return NAMES.has(value) ? `-${NAMES.get(value)}` : String(value);
  return value < 4096 ? String(value) : `0x${value.toString(16)}`;
}
