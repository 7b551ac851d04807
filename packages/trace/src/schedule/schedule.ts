import { ByteColumn, ColumnReader } from "../format/byte-column.ts";
import { checksum, sameBytes } from "../format/checksum.ts";
import { MAX_TASK } from "../format/limits.ts";
import { TraceError } from "../trace-error.ts";

/** Which task went next, and which outcome it had where there were several. */
export interface ScheduleStep {
  readonly task: number;
  readonly choice?: string;
}

const VERSION = 1;
const MAX_STEPS: number = 2 ** 20;
const SUM_BYTES = 3;

/**
 * A run as a short text that can be pasted: the order of the tasks and the choices made, nothing else. With the
 * scenario it was taken from it replays without a file. Letters, digits, - and _ only.
 *
 * base64url of: version 1; the labels of choices (their number, then for each its UTF-8 length and bytes); the number
 * of turns, then for each the task and how many steps it takes; the number of choices, then for each the steps since
 * the choice before and the label's index; three bytes of SHA-256 over all this. Numbers are LEB128.
 * @throws TraceError E_TRACE_SCHEDULE for more than 2^20 steps, and for what is no task number
 */
export function formatSchedule(steps: readonly ScheduleStep[]): string {
  if (steps.length > MAX_STEPS) throw bad(`has ${steps.length} steps, and at most ${MAX_STEPS} can be written so`);
  const labels = new Map<string, number>();
  const choices: [at: number, label: number][] = [];
  steps.forEach(({ choice }, at) => {
    if (choice === undefined) return;
    if (!labels.has(choice)) labels.set(choice, labels.size);
    choices.push([at, labels.get(choice)!]);
  });
  const out = new ByteColumn();
  out.push(VERSION);
  out.push(labels.size);
  for (const label of labels.keys()) {
    const bytes = Buffer.from(label, "utf8");
    out.push(bytes.length);
    out.pushBytes(bytes);
  }
  const turns = turnsOf(steps);
  out.push(turns.length);
  for (const [task, length] of turns) {
    out.push(task);
    out.push(length);
  }
  out.push(choices.length);
  let last = 0;
  for (const [at, label] of choices) {
    out.push(at - last);
    out.push(label);
    last = at;
  }
  const body = out.take();
  return Buffer.concat([body, checksum(body).subarray(0, SUM_BYTES)]).toString("base64url");
}

/**
 * What {@link formatSchedule} wrote. White space is ignored, so that a wrapped text can be pasted.
 * @throws TraceError E_TRACE_SCHEDULE
 */
export function parseSchedule(text: string): ScheduleStep[] {
  const letters = text.replace(/\s/g, "");
  if (!/^[\w-]+$/.test(letters)) throw bad("has characters that no schedule has");
  const bytes = Buffer.from(letters, "base64url");
  if (bytes[0] !== VERSION) throw bad(`is of version ${bytes[0] ?? "none"}, and this program reads version ${VERSION}`);
  const body = bytes.subarray(0, -SUM_BYTES);
  if (!sameBytes(checksum(body).subarray(0, SUM_BYTES), bytes.subarray(-SUM_BYTES))) {
    throw bad("is incomplete or mistyped: its checksum does not match");
  }
  try {
    return read(new ColumnReader(body, "schedule"));
  } catch (error) {
    throw error instanceof TraceError && error.code === "E_TRACE_SCHEDULE" ? error : bad("is malformed", error);
  }
}

function read(reader: ColumnReader): ScheduleStep[] {
  reader.next();
  const labels: string[] = [];
  for (let left = reader.next(); left > 0; left--) {
    labels.push(Buffer.from(reader.nextBytes(reader.next())).toString("utf8"));
  }
  const steps: { task: number; choice?: string }[] = [];
  for (let left = reader.next(); left > 0; left--) {
    const task = reader.next();
    const length = reader.next();
    if (task > MAX_TASK || steps.length + length > MAX_STEPS) throw bad("is too long");
    for (let i = 0; i < length; i++) steps.push({ task });
  }
  let at = 0;
  for (let left = reader.next(); left > 0; left--) {
    at += reader.next();
    const step = steps[at];
    const choice = labels[reader.next()];
    if (step === undefined || choice === undefined) throw bad("makes a choice that does not exist");
    step.choice = choice;
  }
  reader.end();
  return steps;
}

function turnsOf(steps: readonly ScheduleStep[]): [task: number, length: number][] {
  const turns: [task: number, length: number][] = [];
  for (const { task } of steps) {
    if (!Number.isSafeInteger(task) || task < 0 || task > MAX_TASK) throw bad(`has a task ${task}`);
    const last = turns.at(-1);
    if (last?.[0] === task) last[1]++;
    else turns.push([task, 1]);
  }
  return turns;
}

function bad(what: string, cause?: unknown): TraceError {
  return new TraceError(
    "E_TRACE_SCHEDULE",
    `the schedule ${what}. Copy it again, whole, from where it was printed.`,
    cause,
  );
}
