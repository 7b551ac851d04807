import type { Steps } from "../events/step.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { VM } from "../objects/vm-flags.ts";
import type { BinderHandle } from "./binder-handle.ts";
import { binderOpen } from "./binder-state.ts";

/** What a scenario's set-up is given, as far as this needs it. */
interface Setup {
  readonly mm: () => number;
  readonly run: <R>(steps: Steps<R>) => R;
  readonly mmap: Kernel["mmap"];
}

/** Where {@link openBinder} maps the buffer, in bytes. */
const BUFFER = 0x1000_0000;

/** A process that has opened binder and mapped a buffer of `pages` pages, read-only, in an address space of its own. */
export function openBinder(k: Setup, ops: "binder" | "rust_binder", pages: number): BinderHandle {
  const mm = k.mm();
  const alloc = k.run(binderOpen(mm, ops, pages));
  const length = pages * PAGE_SIZE;
  k.run(k.mmap(mm, { start: BUFFER, length, flags: VM.READ, ops, owner: `binder${alloc}` }));
  return { alloc, mm, ops, start: BUFFER, pages };
}
