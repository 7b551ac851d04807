import {
  again,
  canonical,
  createMachine,
  done,
  type EndRule,
  frame,
  loop,
  procedure,
  type Procedure,
  type Reader,
  type Ref,
  type Rule,
  Snapshot,
  type StateRule,
  type Step,
  type Steps,
  taskCount,
  type Value,
} from "@faultline/mm";
import type { Program, Thread } from "@faultline/interleave";
import {
  type Act,
  type Block,
  type Gives,
  isAct,
  type ProgramText,
  type RuleText,
  type Statement,
} from "./program-text.ts";
import {
  cell,
  cellKind,
  type Handle,
  handleResults,
  handleSteps,
  slotCount,
  slotKind,
  toySteps,
} from "./toy-machine.ts";

/** What a thread remembers: a function of the results it saw. */
type Memory = { readonly last: Value; readonly handle: Handle | null };
const blank: Memory = { last: null, handle: null };

/** The program that a text describes. */
export function toProgram(text: ProgramText): Program {
  const starts = new Map<string, Thread["start"]>();
  const threads = text.threads.map(({ body, daemon }, i): Thread => {
    // Twins share their start, as threads of one program would.
    const key = canonical(body);
    const start =
      starts.get(key) ??
      function* (): Steps<Memory> {
        return yield* run(text, body, blank);
      };
    starts.set(key, start);
    return { task: i + 1, name: `t${i + 1}`, start, daemon };
  });
  const words = Object.entries(text.initial).map(([name, value]) => [cell(name), value] as const);
  return {
    machine: createMachine({
      steps: toySteps.values(),
      stateRules: text.never.map(stateRule),
      endRules: [...text.neverAtEnd.map(endRule), ...(text.noLeak ? [noLeak] : [])],
    }),
    initial: Snapshot.empty.with(new Map<Ref, Value>([[taskCount, text.threads.length + 1], ...words])),
    threads,
  };
}

const call: Procedure<ProgramText, [index: number, last: Value], Value> = procedure(
  "toy_call",
  function* (text, index, last) {
    const { body, gives } = text.procedures[index]!;
    return given(yield* run(text, body, { last, handle: null }), gives);
  },
);

/** Takes the rwsem, waiting in its queue when it must. A frame of its own, shared by all callers. */
const down: Procedure<ProgramText, [mode: "read" | "write", sem: string], null> = procedure(
  "down",
  function* (_text, mode, sem) {
    const held = yield* stepOf(`down_${mode}`)(sem);
    if (held === false) yield* stepOf(`rwsem_down_${mode}_slowpath`)(sem);
    return null;
  },
);

function stepOf(op: string): Step<Value[], Value> {
  const step = toySteps.get(op);
  if (step === undefined) throw new Error(`no step is called ${op}`);
  return step as Step<Value[], Value>;
}

function* run(text: ProgramText, block: Block, start: Memory): Steps<Memory> {
  let memory = start;
  for (const statement of block) memory = yield* runOne(text, statement, memory);
  return memory;
}

function* runOne(text: ProgramText, statement: Statement, memory: Memory): Steps<Memory> {
  if (isAct(statement)) return yield* act(statement, memory);
  if ("if" in statement) {
    const holds = canonical(memory.last) === canonical(statement.if);
    return yield* run(text, holds ? statement.then : statement.else, memory);
  }
  if ("frame" in statement) {
    const { frame: body, gives } = statement;
    const last = yield* frame(function* () {
      return given(yield* run(text, body, memory), gives);
    });
    return gives === "handle" ? { last, handle: last as Handle | null } : { ...memory, last };
  }
  if ("call" in statement) return { ...memory, last: yield* call(text, statement.call, memory.last) };
  if ("until" in statement) {
    const wanted = canonical(statement.until);
    yield* loop(null, function* () {
      const seen = yield* act(statement.act, memory);
      return canonical(seen.last) === wanted ? done() : again(null);
    });
    return memory;
  }
  if ("casAdd" in statement) return { ...memory, last: yield* casAdd(statement.casAdd, statement.by) };
  if ("times" in statement) {
    yield* loop(statement.times, function* (left) {
      if (left === 0) return done();
      yield* run(text, statement.body, memory);
      return again(left - 1);
    });
    return memory;
  }
  if ("forever" in statement) {
    yield* loop(null, function* () {
      yield* run(text, statement.forever, memory);
      return again(null);
    });
    return memory;
  }
  yield* down(text, statement.down, statement.sem);
  return memory;
}

function* act([op, ...args]: Act, memory: Memory): Steps<Memory> {
  const step = stepOf(op);
  const last = yield* handleSteps.has(op) ? step(memory.handle) : step(...args);
  return handleResults.has(op) ? { last, handle: last as Handle | null } : { ...memory, last };
}

function* casAdd(word: string, by: number): Steps<number> {
  return yield* loop<number, number>(0, function* (expect) {
    const seen = (yield* stepOf("compare_exchange")(word, expect, (expect + by) % 4)) as number;
    return seen === expect ? done(seen) : again(seen);
  });
}

function given(memory: Memory, gives: Gives): Value {
  switch (gives) {
    case "nothing":
      return null;
    case "last":
      return memory.last;
    case "handle":
      return memory.handle;
  }
}

const named = (name: string, wording: string): Rule => ({
  name,
  severity: "S6",
  wording,
  source: "toy",
});

/** Stops at the first cell that settles it, as rules should. */
const holds = (text: RuleText, state: Reader | Snapshot): boolean =>
  text.every(([name, value]) => look(state, cell(name)) === value);

const look = (state: Reader | Snapshot, ref: Ref<number>): number =>
  state instanceof Snapshot ? state.get(ref) : state.read(ref);

const spelled = (text: RuleText): string => text.map(([name, value]) => `${name}=${value}`).join("&");

function stateRule(text: RuleText): StateRule {
  return {
    ...named(`NEVER-${spelled(text)}`, "never all at once"),
    watches: [...new Set(text.map(([name]) => cellKind(name)))],
    check: (state, report) => {
      if (holds(text, state)) report("words", "all at once");
    },
  };
}

function endRule(text: RuleText): EndRule {
  return {
    ...named(`END-${spelled(text)}`, "not at the end"),
    check: (state, report) => {
      if (holds(text, state)) report("words", "at the end");
    },
  };
}

const noLeak: EndRule = {
  ...named("TOY-LEAK", "nothing lives at the end"),
  check: (state, report) => {
    for (let slot = 0; slot < slotCount; slot++) {
      if (state.get(slotKind.of(slot)).live) report(`slot:${slot}`, "still lives");
    }
  },
};
