import type { Act } from "./act.ts";
import { changes } from "./changes.ts";
import { lockLooks } from "./lock-looks.ts";
import { looks } from "./looks.ts";
import { pageLooks } from "./page-looks.ts";
import { rmapLooks } from "./rmap-looks.ts";
import { swapActs } from "./swap-acts.ts";
import { tableLooks } from "./table-looks.ts";

const acts = { ...changes, ...looks, ...lockLooks, ...tableLooks, ...pageLooks, ...rmapLooks, ...swapActs };

export type ActName = keyof typeof acts;

/** The act of this name. */
export function actOf(name: ActName): Act {
  return acts[name];
}
