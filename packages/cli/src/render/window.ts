import type { Value } from "@faultline/mm";
import type { VariantResult } from "../explore/result.ts";
import type { WindowCall, WindowOutcome, WindowResult } from "../window/window-result.ts";
import { count, grouped } from "./counts.ts";
import { callText } from "./step-text.ts";
import { valueText } from "./value-text.ts";
import { labelled, printable } from "./wrap.ts";

/** Values that the text shows for a step; the JSON has all. */
const SHOWN = 4;
/** Calls of a thread that the text shows. */
const CALLS = 12;

/** What a recorded decision means for the others, where it holds in every order. */
const MEANINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  can_downgrade: {
    false:
      "munmap never downgraded: it kept mmap_lock for writing to its end, so nobody who takes the lock sees the VMA half gone",
  },
};

/** What a window was made of, and which of its recorded results the order can change. */
export function renderWindow(window: WindowResult, result: VariantResult, width: number): string[] {
  const { trace, asked, events, recorded, explored, steps, reached, missed, held, open, left } = window;
  const whole =
    reached === steps ? `each of its ${count(steps, "step")} was taken` : missedText(missed, steps, reached);
  return [
    ...labelled(
      "window",
      `${asked.unit} ${asked.first} to ${asked.last} of ${printable(trace)}: events ${events.first} to ${events.last}`,
      width,
    ),
    ...labelled("recorded", `under ${recorded.profile}, binder's allocator of ${recorded.generation}`, width),
    ...labelled("under", underText(explored), width),
    ...window.threads.flatMap(({ name, calls }) => {
      return labelled("thread", `${printable(name)}: ${callsText(calls)}`, width);
    }),
    ...labelled("steps", whole, width),
    ...(held.length === 0 ? [] : labelled("holds", `in every order: ${heldText(held)}`, width)),
    ...(open.length === 0 ? [] : labelled("open", openText(open), width)),
    ...left.map(({ thread, event }) => `left      ${thread} after event ${event}, where it returned something else`),
    ...(result.verdict === "clean" ? whyLines(window, width) : []),
  ];
}

function underText({ profile, knobs, generation }: WindowResult["explored"]): string {
  const changed = knobs.length === 0 ? "" : ` with ${knobs.join(", ")}`;
  return `${profile}${changed}, binder's allocator of ${generation}`;
}

/** What the arguments of the procedures are that are recognised. */
const ARGUMENTS: Readonly<Record<string, (args: readonly Value[]) => string>> = {
  do_user_addr_fault: ([mm, address, write]) =>
    `mm:${text(mm)}, ${text(address)}, ${write === true ? "write" : "read"}`,
  munmap: ([mm, start, length]) => `mm:${text(mm)}, ${text(start)}, ${text(length)}`,
  mmap: ([mm, start, length]) => `mm:${text(mm)}, ${text(start)}, ${text(length)}`,
  exit_mm: ([mm]) => `mm:${text(mm)}`,
  binder_shrink_scan: ([scan]) => `at most ${text(scan)}`,
  binder_install_buffer_pages: ([alloc, first, n]) => `binder:${text(alloc)}, page ${text(first)}, ${text(n)} in all`,
  binder_lru_freelist_add: ([alloc, first, n]) => `binder:${text(alloc)}, page ${text(first)}, ${text(n)} in all`,
};

function text(value: Value | undefined): string {
  return valueText(value ?? null);
}

function callsText(calls: readonly WindowCall[]): string {
  const told = calls.slice(0, CALLS).map(({ name, args, begun }) => {
    const call = ARGUMENTS[name] === undefined ? callText({ op: name, args }) : `${name}(${ARGUMENTS[name](args)})`;
    return begun ? `${call}, begun before` : call;
  });
  return [...told, ...(calls.length > CALLS ? [`and ${count(calls.length - CALLS, "more", "more")}`] : [])].join("; ");
}

function missedText(missed: readonly WindowOutcome[], steps: number, reached: number): string {
  const names = [...new Set(missed.map(({ step }) => step))];
  return `${grouped(reached)} of ${grouped(steps)} were taken; not: ${names.join(", ")}`;
}

/** `can_downgrade = false, set_pte_at = true 2 times`. */
function heldText(held: readonly WindowOutcome[]): string {
  const times = new Map<string, number>();
  for (const { step, recorded } of held) {
    const key = `${step} = ${valueText(recorded)}`;
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  return [...times].map(([one, n]) => (n === 1 ? one : `${one} (${n} times)`)).join(", ");
}

/** `mmap_read_trylock (3 times; also false)`, for each step of a thread. */
function openText(open: readonly WindowOutcome[]): string {
  const groups = new Map<string, WindowOutcome[]>();
  for (const one of open) {
    const key = `${one.thread} ${one.step}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .map((group) => {
      const [{ step, thread }] = group as [WindowOutcome];
      const values = [...new Set(group.flatMap(({ also }) => also.map(valueText)))];
      const more = values.length > SHOWN ? [...values.slice(0, SHOWN), "more"] : values;
      const times = group.length === 1 ? "" : `${group.length} times, `;
      return `${printable(thread)}: ${step} (${times}also ${more.join(" or ")})`;
    })
    .join("; ");
}

/** Why no order breaks a rule, where a recorded decision says so. */
function whyLines({ held }: WindowResult, width: number): string[] {
  return held.flatMap(({ step, args, recorded, thread, event, line }) => {
    const meaning = MEANINGS[step]?.[valueText(recorded)];
    if (meaning === undefined) return [];
    const place = line === null ? `event ${event}` : `event ${event}, line ${line}`;
    const call = `${callText({ op: step, args })} = ${valueText(recorded)}`;
    return labelled("why", `${meaning} (${printable(thread)}: ${call} in every order; ${place})`, width);
  });
}
