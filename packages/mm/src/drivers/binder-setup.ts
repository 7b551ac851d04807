import { doDentryOpen } from "../events/file-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { VM } from "../objects/vm-flags.ts";
import type { BinderHandle } from "./binder-handle.ts";
import { binderOpen } from "./binder-state.ts";
import { type LazyBinderGeneration, lazyOps } from "./lazy-generation.ts";
import { type LazyHandle } from "./lazy-state.ts";

/** What a scenario's set-up is given, as far as this needs it. */
interface Setup {
  readonly mm: () => number;
  readonly run: <R>(steps: Steps<R>) => R;
  readonly mmap: Kernel["mmap"];
}

/** Where the buffers are mapped, in bytes. */
export const BINDER_BUFFER = 0x1000_0000;

/** A process that has opened binder and mapped a buffer of `pages` pages, read-only, in an address space of its own. */
export function openBinder(k: Setup, ops: "binder" | "counted_binder" | "rust_binder", pages: number): BinderHandle {
  const mm = k.mm();
  const alloc = k.run(binderOpen(mm, ops, pages));
  const length = pages * PAGE_SIZE;
  k.run(k.mmap(mm, { start: BINDER_BUFFER, length, flags: VM.READ, ops, owner: `binder${alloc}` }));
  return { alloc, mm, ops, start: BINDER_BUFFER, pages };
}

/** The same in the lazy design: the file has an inode of its own, and its pages' offsets mean something. */
export function openLazyBinder(k: Setup, gen: LazyBinderGeneration, pages: number): LazyHandle {
  const mm = k.mm();
  const ops = lazyOps(gen);
  const alloc = k.run(binderOpen(mm, ops, pages));
  const owner = `binder${alloc}`;
  const inode = alloc;
  const file = k.run(doDentryOpen(inode, ops, owner));
  k.run(k.mmap(mm, { start: BINDER_BUFFER, length: pages * PAGE_SIZE, flags: VM.READ, ops, owner, file }));
  return { alloc, mm, ops, start: BINDER_BUFFER, pages, inode, file };
}
