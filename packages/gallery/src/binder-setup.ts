import type { SetupKernel } from "@faultline/interleave";
import {
  type BinderHandle,
  binderOpen,
  doDentryOpen,
  type LazyBinderGeneration,
  type LazyHandle,
  lazyOps,
  PAGE_SIZE,
  VM,
} from "@faultline/mm";

/** Where the scenarios' binder buffers lie, in bytes. */
export const BUFFER = 0x1000_0000;

/** A process that has opened binder and mapped a buffer of `pages` pages, read-only, in an address space of its own. */
export function openBinder(k: SetupKernel, ops: "binder" | "counted_binder" | "rust_binder", pages: number): BinderHandle {
  const mm = k.mm();
  const alloc = k.run(binderOpen(mm, ops, pages));
  const length = pages * PAGE_SIZE;
  k.run(k.mmap(mm, { start: BUFFER, length, flags: VM.READ, ops, owner: `binder${alloc}` }));
  return { alloc, mm, ops, start: BUFFER, pages };
}

/** The same in the lazy design: the file has an inode of its own, and its pages' offsets mean something. */
export function openLazyBinder(k: SetupKernel, gen: LazyBinderGeneration, pages: number): LazyHandle {
  const mm = k.mm();
  const ops = lazyOps(gen);
  const alloc = k.run(binderOpen(mm, ops, pages));
  const owner = `binder${alloc}`;
  const inode = alloc;
  const file = k.run(doDentryOpen(inode, ops, owner));
  k.run(k.mmap(mm, { start: BUFFER, length: pages * PAGE_SIZE, flags: VM.READ, ops, owner, file }));
  return { alloc, mm, ops, start: BUFFER, pages, inode, file };
}
