import { namedRwsem } from "../objects/rwsem.ts";
import {
  awaitRead,
  awaitWrite,
  downgradeWrite as downgrade,
  downRead as read,
  downReadTrylock as readTrylock,
  downWrite as write,
  downWriteTrylock as writeTrylock,
  upRead as up,
  upWrite as upW,
} from "./rwsem.ts";
import { type AnyStep, type Step, step } from "./step.ts";

/** down_read(name): whether it has the lock; false: it queued, and {@link rwsemDownReadSlowpath} is next. */
export const downReadFast: Step<[string], boolean> = step("down_read", (tx, name) => read(tx, namedRwsem(name)));
export const rwsemDownReadSlowpath: Step<[string], null> = step("rwsem_down_read_slowpath", (tx, name) =>
  awaitRead(tx, namedRwsem(name)),
);
export const downReadTrylock: Step<[string], boolean> = step("down_read_trylock", (tx, name) =>
  readTrylock(tx, namedRwsem(name)),
);
export const upRead: Step<[string], null> = step("up_read", (tx, name) => {
  up(tx, namedRwsem(name));
});
/** down_write(name): whether it has the lock; false: it queued, and {@link rwsemDownWriteSlowpath} is next. */
export const downWriteFast: Step<[string], boolean> = step("down_write", (tx, name) => write(tx, namedRwsem(name)));
export const rwsemDownWriteSlowpath: Step<[string], null> = step("rwsem_down_write_slowpath", (tx, name) =>
  awaitWrite(tx, namedRwsem(name)),
);
export const downWriteTrylock: Step<[string], boolean> = step("down_write_trylock", (tx, name) =>
  writeTrylock(tx, namedRwsem(name)),
);
export const upWrite: Step<[string], null> = step("up_write", (tx, name) => {
  upW(tx, namedRwsem(name));
});
export const downgradeWrite: Step<[string], null> = step("downgrade_write", (tx, name) => {
  downgrade(tx, namedRwsem(name));
});

export const rwsemSteps: readonly AnyStep[] = [
  downReadFast,
  rwsemDownReadSlowpath,
  downReadTrylock,
  upRead,
  downWriteFast,
  rwsemDownWriteSlowpath,
  downWriteTrylock,
  upWrite,
  downgradeWrite,
];
