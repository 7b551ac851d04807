import { listSeeds, ModelProcess, REFUSED, type ResultLine, writeList } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { compareRuns } from "../src/live/compare-runs.ts";
import { differential, type DifferentialResult, type Progress } from "../src/live/differential.ts";
import { reportDifference } from "../src/live/report-difference.ts";
import { type Lie, type ModelKernel, modelKernel } from "./helpers/model-kernel.ts";

const SEED = 3;
/** As `differential` cuts its lists. */
const [BATCH, LENGTH] = [18, 250];
const LISTS = 5;
const OPERATIONS = LISTS * LENGTH;

const totals = ({ lists, operations, lines, refused }: Progress): Progress => ({ lists, operations, lines, refused });

/** The lists one after the other, each asked of the kernel at once: what those that overlap have to give. */
function oneAtATime(kernel: ModelKernel, operations: number): Progress & Pick<DifferentialResult, "difference"> {
  const so = { lists: 0, operations: 0, lines: 0, refused: 0 };
  for (const seed of listSeeds(SEED, BATCH, LENGTH)) {
    if (so.operations >= operations) break;
    const written = writeList(seed, new ModelProcess({ profile: kernel.profile, machine: kernel.machine }));
    const { lines, first, refused } = compareRuns(kernel.run(written.lines), written.results);
    so.lists++;
    so.lines += lines;
    so.refused += refused === null ? 0 : 1;
    so.operations += first?.at ?? refused ?? LENGTH;
    if (first !== null) return { ...so, difference: written.lines.slice(0, first.at + 1) };
  }
  return { ...so, difference: null };
}

type LieOnce = Lie & { readonly told: { readonly list: number; readonly at: number } | null };

/** Lies in one line alone: the first that it can tell a lie of, from that list and from that operation of a list on. */
function once(from: number, operation: number, lie: (line: ResultLine) => ResultLine | null): LieOnce {
  let told: LieOnce["told"] = null;
  const say = (line: ResultLine, list: number): ResultLine => {
    const other = told === null && list >= from && line.i >= operation ? lie(line) : null;
    if (other !== null) told = { list, at: line.i };
    return other ?? line;
  };
  return Object.defineProperty(say, "told", { get: () => told }) as LieOnce;
}

/** Result lines that a list gave up to an operation, that one left out. */
function linesBefore(lines: readonly string[], operation: number): number {
  return lines.slice(0, operation).reduce((sum, line) => sum + (/^fork(?: |$)/u.test(line) ? 2 : 1), 0);
}

describe("a kernel that does what the model does", () => {
  test("differs nowhere, and every line that there was has been compared", async () => {
    const kernel = modelKernel();
    const progress: Progress[] = [];
    const asked = { operations: OPERATIONS, seed: SEED };
    const result = await differential(kernel, asked, (so) => progress.push(totals(so)));
    expect(result.difference).toBeNull();
    const lines = kernel.given.map((list) => linesBefore(list, list.length));
    const sum = (count: number): number => lines.slice(0, count).reduce((all, one) => all + one, 0);
    expect(lines.some((count) => count > LENGTH)).toBe(true);
    expect(progress).toEqual(
      Array.from({ length: LISTS }, (_, at) => ({
        lists: at + 1,
        operations: (at + 1) * LENGTH,
        lines: sum(at + 1),
        refused: 0,
      })),
    );
    expect(totals(result)).toEqual(progress.at(-1));
  });
});

describe("a kernel that differs in one line", () => {
  const lies: readonly (readonly [string, (line: ResultLine) => ResultLine | null])[] = [
    ["a returned value", (line) => (line.ret === "0" ? { ...line, ret: "1000" } : null)],
    ["an errno", (line) => (line.err === "EINVAL" ? { ...line, err: "ENOMEM" } : null)],
    ["an errno where the call succeeds", ({ ret, ...line }) => (ret === "0" ? { ...line, err: "EPERM" } : null)],
    ["a byte that is read", (line) => (line.touch === "0" ? { ...line, touch: "90" } : null)],
    ["a signal", (line) => (line.touch?.startsWith("SEGV/") ? { ...line, touch: "BUS/ADRERR" } : null)],
    ["what a child sees", (line) => (line.child ? { ...line, pg: `${line.pg}A` } : null)],
    ["a child that is none", ({ child, ...line }) => (child ? line : null)],
    ["the end of a VMA", (line) => withVma(line, ([start, end, ...rest]) => [start, end + 1, ...rest])],
    ["a VMA that is missing", (line) => (line.vmas!.length > 0 ? { ...line, vmas: line.vmas!.slice(1) } : null)],
    ["flags of a VMA", (line) => withVma(line, ([a, b, c, d, e, flags]) => [a, b, c, d, e, `${flags}lo `])],
    ["a page", (line) => (line.pg!.endsWith("A") ? { ...line, pg: line.pg!.replace(/A$/u, "a") } : null)],
  ];

  test.each(lies)("is found: %s; the list that shows it ends there", async (_what, lie) => {
    const lying = once(1, 20, lie);
    const kernel = modelKernel(lying);
    const result = await differential(kernel, { operations: OPERATIONS, seed: SEED });
    const { list, at } = lying.told!;
    expect(result.difference).toEqual(kernel.given[list]!.slice(0, at + 1));
    expect(totals(result)).toMatchObject({ lists: list + 1, operations: list * LENGTH + at, refused: 0 });
    const cut = kernel.given.slice(0, list + 1).map((lines, of) => linesBefore(lines, of === list ? at : LENGTH));
    const lines = cut.reduce((sum, one) => sum + one, 0);
    // Of a fork the child's line comes first, and may be the one that still agrees.
    expect([lines, lines + 1]).toContain(result.lines);
  });

  test("is found in the last list that is looked at", async () => {
    const last = once(LISTS - 1, LENGTH - 1, (line) => ({ ...line, op: "reset" }));
    const kernel = modelKernel(last);
    const { difference } = await differential(kernel, { operations: OPERATIONS, seed: SEED });
    expect(difference).toEqual(kernel.given[LISTS - 1]);
  });

  test("is found where its process ends before the list does", async () => {
    const whole = modelKernel();
    const ended = { ...whole, ask: async (lines: readonly string[]) => (await whole.ask(lines)).slice(0, 40) };
    const { difference, lines } = await differential(ended, { operations: OPERATIONS, seed: SEED });
    expect(lines).toBe(40);
    expect(linesBefore(difference!, difference!.length)).toBeGreaterThan(40);
    expect(linesBefore(difference!, difference!.length - 1)).toBeLessThanOrEqual(40);
  });

  test("is told of by what is left of the list, by both sides, and by what the model does last", async () => {
    const kernel = modelKernel(({ ret, ...line }) =>
      ret === "0" && line.op.startsWith("munmap") ? { ...line, err: "EPERM" } : { ...line, ...(ret && { ret }) },
    );
    const { difference } = await differential(kernel, { operations: OPERATIONS, seed: SEED });
    const told = reportDifference(kernel, difference!);
    const munmap = difference!.at(-1)!;
    expect(told.slice(0, 6)).toEqual([
      "kernel and model differ after:",
      `  ${munmap}`,
      `ret differs in operation 0, ${munmap}:`,
      '  kernel 6.12.0-model: "EPERM"',
      '  model linux-6.12: "0"',
      "what linux-6.12 does there:",
    ]);
    expect(told[6]).toBe("  mmap_write_lock(0)");
    expect(told.at(-1)).toBe("  mmap_write_unlock(0)");
  });
});

describe("an operation that the kernel's program refuses", () => {
  const refuse = ({ ret: _ret, touch: _touch, vmas: _vmas, pg: _pg, ...line }: ResultLine): ResultLine => ({
    ...line,
    err: REFUSED,
  });

  test("ends its list, is counted, and is no difference, nor is what comes after it", async () => {
    const kernel = modelKernel((line, list) => {
      if (list !== 1 || line.i < 100) return line;
      return line.i === 100 ? refuse(line) : { ...line, pg: "?" };
    });
    const result = await differential(kernel, { operations: OPERATIONS, seed: SEED });
    expect(result.difference).toBeNull();
    expect(result).toMatchObject({ refused: 1, lists: LISTS + 1, operations: OPERATIONS + 100 });
    const lines = kernel.given.map((list, at) => linesBefore(list, at === 1 ? 100 : LENGTH));
    expect(result.lines).toBe(lines.reduce((sum, one) => sum + one, 0));
  });

  test("hides no difference before it", async () => {
    const kernel = modelKernel((line, list) => {
      if (list !== 1) return line;
      return line.i === 99 ? { ...line, pg: "?" } : line.i === 100 ? refuse(line) : line;
    });
    const result = await differential(kernel, { operations: OPERATIONS, seed: SEED });
    expect(result.difference).toEqual(kernel.given[1]!.slice(0, 100));
    expect(result).toMatchObject({ refused: 0, lists: 2, operations: LENGTH + 99 });
  });
});

describe("lists that are written while the kernel does the one before", () => {
  const soon = (): Promise<void> => Promise.resolve();
  const late = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  /** Some are refused; the last two differ. */
  const lie: Lie = (line, list) => {
    if (list === 0 && line.i === 30) return { ...line, err: REFUSED };
    return list >= 3 && line.i === 60 ? { ...line, pg: "?" } : line;
  };

  test.each([
    ["nowhere", (line: ResultLine) => line, OPERATIONS],
    ["nowhere, and are not cut at the last", (line: ResultLine) => line, OPERATIONS - 100],
    ["in two of them", lie, OPERATIONS],
    ["in none that is looked at", lie, 2 * LENGTH],
  ])("have the same totals and the same first difference as lists one at a time: %s", async (_where, lies, most) => {
    const expected = oneAtATime(modelKernel(lies), most);
    for (const wait of [soon, late]) {
      const kernel = modelKernel(lies, wait);
      const { coverage: _coverage, ...result } = await differential(kernel, { operations: most, seed: SEED });
      expect(result).toEqual(expected);
    }
  });
});

function withVma(
  line: ResultLine,
  change: (vma: readonly [number, number, string, number, string, string]) => NonNullable<ResultLine["vmas"]>[number],
): ResultLine | null {
  const [first, ...rest] = line.vmas!;
  return first?.length === 6 ? { ...line, vmas: [change(first), ...rest] } : null;
}
