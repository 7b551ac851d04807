import { kernelMachine } from "@faultline/mm";
import { isDeepStrictEqual } from "node:util";
import {
  bisectRule,
  decodeTrace,
  replay,
  type ReplayResult,
  stateAt,
  type Trace,
  TraceError,
} from "../../src/index.ts";
import { memorySource } from "../../src/read/byte-source.ts";
import { openSource } from "../../src/read/open-trace.ts";
import { readBySpec } from "../helpers/spec-reader.ts";
import type { Input, Seed } from "./mutate.ts";

/** Both doors: the one that walks the bytes, and the one that trusts a sound index. */
const doors: readonly ((bytes: Uint8Array) => Trace)[] = [decodeTrace, (bytes) => openSource(memorySource(bytes))];

/** What came of an input at one door: a verdict, or an error's code; and the message, its numbers left out. */
interface Answer {
  readonly kind: string;
  readonly text: string;
  readonly result?: ReplayResult;
}

/**
 * What came of an input, by one door or the other; where all seems to be well, by both.
 * @param number of the input: says which door, and what else is done with the trace
 * @returns a text that is the same for inputs of the same fate
 * @throws whatever must not be thrown, and Error for an answer that is wrong
 */
export function judge(input: Input, number: number): string {
  const one = answer(input, number);
  if (one.kind === "verified") {
    const other = answer(input, number + 1);
    if (other.kind !== "verified") throw new Error(`one door says ${one.kind}, the other ${other.kind}`);
    if (one.result!.stateHash !== other.result!.stateHash) throw new Error("two doors, two states");
    compareWithSpecification(input.bytes, one.result!.events);
  }
  return `${one.kind} ${one.text}`;
}

function answer({ bytes, damaged }: Input, number: number): Answer {
  try {
    const trace = doors[number % 2]!(bytes);
    const result = replay(trace, kernelMachine);
    if (damaged !== undefined) requirePrefix(trace, result, damaged);
    useElsewise(trace, number >> 1);
    const text = result.error?.message ?? result.divergence?.reason ?? "";
    return { kind: result.verdict, text: withoutNumbers(text), result };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    if (error.message.length < 30) throw new Error(`an error that says too little: ${error.message}`, { cause: error });
    return { kind: error.code, text: withoutNumbers(error.message) };
  }
}

/** Damage may cost events, and never changes one. */
function requirePrefix(trace: Trace, { verdict, events, divergence }: ReplayResult, truth: Seed): void {
  const there = [...trace.recorded(0, events)];
  if (!isDeepStrictEqual(there, truth.events.slice(0, events))) throw new Error("other events than were written");
  if (verdict === "verified" && events !== truth.events.length) throw new Error("verified, and events are missing");
  if (
    divergence !== undefined &&
    replay(decodeTrace(truth.bytes), kernelMachine).divergence?.event !== divergence.event
  ) {
    throw new Error("damage is taken for a divergence");
  }
}

const uses: readonly ((trace: Trace) => unknown)[] = [
  (trace) => stateAt(trace, kernelMachine, trace.events >> 1),
  (trace) => bisectRule(trace, kernelMachine, "LOCK-HELD"),
  (trace) => trace.event(trace.events - 1),
];

/** What else one does with a trace. Each may refuse, in its own words. */
function useElsewise(trace: Trace, number: number): void {
  try {
    uses[number % uses.length]!(trace);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
  }
}

function compareWithSpecification(bytes: Uint8Array, events: number): void {
  const read = readBySpec(Buffer.from(bytes));
  if (read.events.length !== events) throw new Error("the specification counts other events");
  const there = [...decodeTrace(bytes).recorded()].map(({ event, result }) => [
    event.task,
    event.op,
    ...event.args,
    result,
  ]);
  const said = read.events.map(({ task, call, outcome }) => [task, ...call, outcome[1]]);
  if (JSON.stringify(there) !== JSON.stringify(said)) throw new Error("the specification reads other events");
}

function withoutNumbers(text: string): string {
  return text
    .replace(/\d+/g, "#")
    .replace(/"[^"]*"|\([^)]*\)/g, "~")
    .slice(0, 60);
}
