import type { Steps, Value } from "@faultline/mm";
import type { BinderBuffer, Space } from "../world/space.ts";
import { Coroutine } from "./coroutine.ts";

/** Which of the kernel's doings a script plays. */
export type ScriptKind =
  "mmap" | "munmap" | "call" | "fault" | "install" | "free" | "shrink" | "exit" | "zap" | "mmput";

/** Functions whose return value the trace shows. */
const WATCHED: ReadonlySet<string> = new Set(["vm_insert_page", "binder_alloc_free_page"]);

/** A procedure of the model that a task is in. */
export class Script {
  readonly kind: ScriptKind;
  readonly coroutine: Coroutine;
  /** The binder buffer concerned. */
  readonly buffer: BinderBuffer | undefined;
  readonly space: Space | undefined;
  readonly onDone: ((result: Value) => void) | undefined;
  /** The line that belongs to the pending step has been seen. */
  passed = false;
  /** The pending step has to wait for something that another task has. */
  blocked = false;
  /** Page that the driver looked at last. */
  index = -1;
  /** Whether its first step may be taken now; else it has to wait. */
  readonly mayBegin: (() => boolean) | undefined;
  begun = false;
  /** Called before it. */
  readonly onBegin: (() => void) | undefined;
  /** It stands still before each step until a line of its task shows that it has come further. */
  readonly paced: boolean;
  /** Whether such a line is there. */
  going = false;
  /** What a message calls it. */
  readonly label: string;
  /** Called where the task may have left it for a reason that the trace does not show, instead of a divergence. */
  readonly excused: (() => void) | undefined;

  constructor(kind: ScriptKind, steps: Steps<Value>, more: ScriptOptions = {}) {
    this.kind = kind;
    this.buffer = more.buffer;
    this.space = more.space;
    this.onDone = more.onDone;
    this.mayBegin = more.mayBegin;
    this.onBegin = more.onBegin;
    this.paced = more.paced === true;
    this.label = more.label ?? kind;
    this.excused = more.excused;
    this.coroutine = new Coroutine(steps, WATCHED);
  }

  /** The step that it stands before. */
  get op(): string | undefined {
    const pending = this.coroutine.pending;
    return pending?.kind === "step" ? pending.op : undefined;
  }

  get args(): readonly Value[] {
    const pending = this.coroutine.pending;
    return pending?.kind === "step" ? pending.args : [];
  }

  /** What it would do next, for a message. */
  get next(): string {
    const pending = this.coroutine.pending;
    if (pending === undefined) return "nothing more";
    return pending.kind === "step" ? pending.op : `return ${JSON.stringify(pending.value)} from ${pending.name}`;
  }
}

export interface ScriptOptions {
  readonly buffer?: BinderBuffer | undefined;
  readonly space?: Space | undefined;
  readonly mayBegin?: (() => boolean) | undefined;
  readonly onBegin?: (() => void) | undefined;
  readonly onDone?: ((result: Value) => void) | undefined;
  readonly paced?: boolean | undefined;
  readonly label?: string | undefined;
  readonly excused?: (() => void) | undefined;
}
