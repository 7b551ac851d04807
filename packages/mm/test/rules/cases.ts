import { driverCases } from "./driver.ts";
import { insertCases } from "./insert.ts";
import { lockCases } from "./locks.ts";
import { mmLifeCases } from "./mm-life.ts";
import { pageTableCases } from "./page-table.ts";
import { pageCases } from "./pages.ts";
import { processCases } from "./process.ts";
import { rcuCases } from "./rcu.ts";
import type { RuleCase } from "./rule-case.ts";
import { treeCases } from "./tree.ts";
import { vmaLifeCases } from "./vma-life.ts";
import { vmaLockCases } from "./vma-lock.ts";

/** Every case of every rule, family by family. */
export const ruleCases: readonly RuleCase[] = [
  ...mmLifeCases,
  ...vmaLifeCases,
  ...vmaLockCases,
  ...rcuCases,
  ...treeCases,
  ...pageTableCases,
  ...pageCases,
  ...insertCases,
  ...driverCases,
  ...processCases,
  ...lockCases,
];
