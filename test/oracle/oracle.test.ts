import { describe, expect, it } from "vitest";
import { bruteForce, type BruteForce } from "./brute-force.ts";
import { cheapest, type Node } from "./cheapest.ts";
import type { Block, ProgramText } from "./program-text.ts";
import { toProgram } from "./to-program.ts";

/** Brute force over threads with these bodies. */
function explore(bodies: Block[], more: Partial<ProgramText> & { daemons?: number[] } = {}): BruteForce {
  const { daemons = [], ...rest } = more;
  const threads = bodies.map((body, i) => ({ body, daemon: daemons.includes(i + 1) }));
  const result = bruteForce(
    toProgram({
      initial: {},
      procedures: [],
      never: [],
      neverAtEnd: [],
      noLeak: false,
      ...rest,
      threads,
    }),
  );
  return result!;
}

describe("brute force", () => {
  it("sees the one bad state between two writes that touch different words", () => {
    const found = explore([[["store", "x", 1]], [["store", "y", 1]]], {
      never: [
        [
          ["x", 0],
          ["y", 1],
        ],
      ],
    });
    expect([...found.violations]).toEqual([["2 NEVER-x=0&y=1 store words", { switches: 0, events: 1 }]]);
    // The violation is part of the state: (1, 1) is reached with it and without.
    expect(found).toMatchObject({ states: 5, transitions: 4 });
    expect(found.finals.size).toBe(2);
    expect(found.deadlocks.size).toBe(0);
  });

  it("finds the deadlock of two locks taken in opposite order", () => {
    const both = (a: string, b: string): Block => [
      ["lock", a],
      ["lock", b],
      ["unlock", b],
      ["unlock", a],
    ];
    const found = explore([both("a", "b"), both("b", "a")]);
    expect([...found.deadlocks]).toEqual(["tasks 3\ntoy-spin-a 1\ntoy-spin-b 2\n"]);
    expect(found.violations.get("0 NO-STUCK end task:1+task:2")).toEqual({ switches: 1, events: 2 });
    expect([...found.finals]).toEqual(["tasks 3\n"]);
    // 5 x 5 places, without the five where two hold one lock, and without (3, 3), whose way leads through those.
    expect(found.states).toBe(19);
    expect(explore([both("a", "b"), both("a", "b")]).deadlocks.size).toBe(0);
  });

  it("comes back to the same state in an endless retry loop", () => {
    const found = explore([
      [
        ["lock", "a"],
        ["store", "x", 1],
        ["unlock", "a"],
      ],
      [{ until: 1, act: ["trylock", "a"] }, ["unlock", "a"]],
    ]);
    // Spinning and over: beside each of the first thread's four places. Holding: beside those without the lock.
    expect(found.states).toBe(4 + 4 + 2);
    expect([...found.finals]).toEqual(["tasks 3\ntoy-x 1\n"]);
    expect(explore([[{ forever: [["fetch_add", "x", 1]] }]])).toMatchObject({
      states: 4,
      transitions: 4,
      finals: new Set(),
      deadlocks: new Set(),
    });
  });

  it("carries what a loop carries and nothing else", () => {
    // One addition per thread, the compare_exchange of each spoilt by the other at most once.
    const found = explore([[{ casAdd: "x", by: 1 }], [{ casAdd: "x", by: 1 }]]);
    expect([...found.finals]).toEqual(["tasks 3\ntoy-x 2\n"]);
    // Both at 0; one over, the other carrying 0 or 1, twice; both over.
    expect(found.states).toBe(6);
    expect(explore([[{ times: 2, body: [["fetch_add", "x", 1]] }]]).states).toBe(3);
  });

  it("forgets what a frame or procedure saw when it is left", () => {
    const flip: Block = [["flip"], ["store", "y", 1]];
    const next: Block = [["store", "x", 1]];
    // Start, after either outcome, between, end.
    expect(explore([[{ frame: flip, gives: "nothing" }, ...next]]).states).toBe(5);
    expect(explore([[...flip, ...next]]).states).toBe(6);
    const procedures = [{ body: flip, gives: "nothing" as const }];
    expect(explore([[{ call: 0 }, ...next]], { procedures }).states).toBe(5);
    expect(explore([[{ call: 0 }, { call: 0 }]], { procedures }).states).toBe(7);
    const giving: Block = [{ frame: [["flip"]], gives: "last" }, ...next];
    expect(explore([giving]).states).toBe(4);
  });

  it("ends a stopped thread where it is, holding what it holds", () => {
    const found = explore([
      [
        ["lock", "a"],
        ["bug_on", "x", 0],
        ["unlock", "a"],
      ],
      [
        ["lock", "a"],
        ["unlock", "a"],
      ],
    ]);
    expect([...found.violations]).toEqual([
      ["1 TOY-BUG bug_on x", { switches: 0, events: 2 }],
      ["0 NO-STUCK end task:2", { switches: 0, events: 2 }],
    ]);
    const left = 'task:1/violations ["TOY-BUG bug_on x"]\ntasks 3\ntoy-spin-a 1\ntoy-x 3\n';
    expect([...found.deadlocks]).toEqual([left]);
    expect([...found.finals]).toEqual([left]);
  });

  it("lets a daemon wait for ever, and nobody else", () => {
    const bodies: Block[] = [[["await", "x", 1]], [["store", "y", 1]]];
    const [waiting] = explore(bodies).deadlocks;
    expect(waiting).toBe("tasks 3\ntoy-y 1\n");
    const found = explore(bodies, { daemons: [1] });
    expect(found.deadlocks.size).toBe(0);
    expect(found.violations.size).toBe(0);
    expect([...found.finals]).toEqual([waiting]);
  });

  it("takes every choice, also where one of them is blocked", () => {
    const found = explore([[["wait_or_skip", "x", 1]]]);
    expect(found).toMatchObject({ states: 2, transitions: 1 });
    expect(found.finals.size).toBe(1);
    expect([...explore([[["maybe_store", "x", 1]]]).finals]).toEqual(["tasks 2\n", "tasks 2\ntoy-x 1\n"]);
  });

  it("lets a reader pass a waiting writer, or queue behind it", () => {
    const read: Block = [{ down: "read", sem: "s" }, ["up_read", "s"]];
    const found = explore([read, [{ down: "write", sem: "s" }, ["up_write", "s"]], read]);
    expect([...found.happened]).toEqual(
      expect.arrayContaining(["down_read=steal", "down_read=queue", "rwsem_down_read_slowpath blocked"]),
    );
    expect([...found.finals]).toEqual(["tasks 4\n"]);
    expect(found.deadlocks.size).toBe(0);
  });

  it("finds the recursive reader that queues behind a waiting writer", () => {
    const down: Block = [{ down: "read", sem: "s" }];
    const up: Block = [["up_read", "s"]];
    const found = explore([
      [...down, ...down, ...up, ...up],
      [{ down: "write", sem: "s" }, ["up_write", "s"]],
    ]);
    expect([...found.violations].sort()).toEqual([
      ["0 NO-STUCK end task:1+task:2", { switches: 2, events: 3 }],
      ["1 LOCK-ORDER down_read rwsem:s", { switches: 0, events: 2 }],
    ]);
    expect([...found.finals]).toEqual(['task:1/violations ["LOCK-ORDER down_read rwsem:s"]\ntasks 3\n']);
  });

  it("finds a stale reference and what is left over", () => {
    const found = explore(
      [
        [["alloc"], ["publish"], ["free"]],
        [["fetch"], ["use"], ["alloc"]],
      ],
      { noLeak: true },
    );
    expect(Object.fromEntries(found.violations)).toEqual({
      "2 TOY-UAF use slot:0#1": { switches: 1, events: 5 },
      "0 TOY-LEAK end slot:0": { switches: 1, events: 6 },
      "0 TOY-LEAK end slot:1": { switches: 1, events: 6 },
    });
  });

  it("gives up at the limit", () => {
    const text: ProgramText = {
      initial: {},
      threads: [{ body: [["flip"]], daemon: false }],
      procedures: [],
      never: [],
      neverAtEnd: [],
      noLeak: false,
    };
    expect(bruteForce(toProgram(text), 1)).toBeUndefined();
    expect(bruteForce(toProgram(text), 2)?.states).toBe(2);
  });
});

describe("the cheapest run", () => {
  const node = (...edges: [task: number, to: number, ...violations: string[]][]): Node => ({
    edges: edges.map(([task, to, ...violations]) => ({ task, to, violations })),
    endViolations: edges.length === 0 ? ["end"] : [],
  });

  it("has few switches before it has few events", () => {
    const start = node([1, 1]);
    const found = cheapest([start, node([2, 4, "v"], [1, 2]), node([1, 3]), node([1, 4, "v"]), node()]);
    expect(found.get("v")).toEqual({ switches: 0, events: 4 });
    expect(found.get("end")).toEqual({ switches: 0, events: 4 });
  });

  it("does not count the first event as a switch, and finds its way round a cycle", () => {
    const found = cheapest([node([1, 0], [2, 1]), node([2, 0], [1, 1, "v"])]);
    expect(found.get("v")).toEqual({ switches: 1, events: 2 });
  });
});
