import { format } from "node:util";
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import * as chai from "chai";

// Stands in for vitest where the mutants run: what a test file says is collected, so that a test may run often.

/** A test of a file, under the names of the groups around it. */
export interface CollectedTest {
  readonly name: string;
  readonly run: () => unknown;
}

let collected: CollectedTest[] = [];
const groups: string[] = [];

/** The tests that were declared since the last call. */
export function takeTests(): readonly CollectedTest[] {
  const taken = collected;
  collected = [];
  return taken;
}

type Body = (...row: never[]) => unknown;

function group(name: string, body: Body, row: readonly unknown[] = []): void {
  groups.push(name);
  body(...(row as never[]));
  groups.pop();
}

function single(name: string, ...rest: readonly (Body | object)[]): void {
  const body = rest.find((one) => typeof one === "function") as Body;
  collected.push({ name: [...groups, name].join(" > "), run: () => body() });
}

/** A table's rows, each as arguments, and a title with what of the row it names. */
function rowsOf(
  table: readonly unknown[],
  title: string,
): { readonly name: string; readonly row: readonly unknown[] }[] {
  return table.map((one, at) => {
    const row: readonly unknown[] = Array.isArray(one) ? one : [one];
    const fields = typeof one === "object" && one !== null ? (one as Record<string, unknown>) : {};
    const named = title.replace(/\$(\w+)/gu, (word, key: string) => (key in fields ? String(fields[key]) : word));
    return { name: /%[sdj]/u.test(named) ? format(named, ...row) : `${named} [${at}]`, row };
  });
}

export const describe: typeof group & { each: (table: readonly unknown[]) => (title: string, body: Body) => void } =
  Object.assign(group, {
    each: (table: readonly unknown[]) => (title: string, body: Body) => {
      for (const { name, row } of rowsOf(table, title)) group(name, body, row);
    },
  });

const it: typeof single & {
  each: (table: readonly unknown[]) => (title: string, ...rest: readonly (Body | object)[]) => void;
} = Object.assign(single, {
  each:
    (table: readonly unknown[]) =>
    (title: string, ...rest: readonly (Body | object)[]) => {
      const body = rest.find((one) => typeof one === "function") as Body;
      for (const { name, row } of rowsOf(table, title)) single(name, () => body(...(row as never[])));
    },
});

export { it, it as test };

/** Runs at once: what comes first in a file is there when its tests run. */
export function beforeAll(body: () => unknown): void {
  body();
}

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const asserts = (value: unknown, message?: string): Chai.Assertion => chai.expect(value, message);
const holder = globalThis as unknown as Record<symbol, unknown>;
export const expect: typeof asserts = Object.assign(asserts, chai.expect, holder[ASYMMETRIC_MATCHERS_OBJECT]);
holder[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect as never);
