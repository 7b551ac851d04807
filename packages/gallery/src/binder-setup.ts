import type { SetupKernel } from "@faultline/interleave";
import { type BinderHandle, binderOpen, PAGE_SIZE, VM } from "@faultline/mm";

/** Where the scenarios' binder buffers lie, in bytes. */
export const BUFFER = 0x1000_0000;

/** A process that has opened binder and mapped a buffer of `pages` pages, read-only, in an address space of its own. */
export function openBinder(k: SetupKernel, ops: "binder" | "rust_binder", pages: number): BinderHandle {
  const mm = k.mm();
  const alloc = k.run(binderOpen(mm, ops, pages));
  const length = pages * PAGE_SIZE;
  k.run(k.mmap(mm, { start: BUFFER, length, flags: VM.READ, ops, owner: `binder${alloc}` }));
  return { alloc, mm, ops, start: BUFFER, pages };
}
