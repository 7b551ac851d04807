import { rustCall, rustHandleDrop, rustHandleNew, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { AT, story, vmaIn } from "./process.ts";

/** The typed handles of the Rust abstraction. */
export const rust: readonly CorpusItem[] = [
  story("rust/borrowed", {
    title: "a VmaRef is used under the guard that it is borrowed from, and ends with it",
    profile: "linux-6.18.19",
    expect: { clean: ["rust_handle_new", "rust_call", "rust_handle_drop"] },
    setup(k, mm) {
      k.run(k.mmap(mm, { start: AT, length: 4096, flags: VM.READ, ops: "other", owner: "other0" }));
      return vmaIn(k, mm, AT);
    },
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapReadLock(mm);
        const guard = yield* rustHandleNew("v16", "MmapReadGuard", mm, null, null);
        const handle = yield* rustHandleNew("v16", "VmaMixedMap", mm, vma, guard);
        yield* rustCall("v16", handle, "vm_insert_page");
        yield* rustHandleDrop(guard);
        yield* k.mmapReadUnlock(mm);
      },
    },
  }),
  story("rust/outlives-its-lock", {
    title: "a VmaRef outlives the lock that it stands for",
    profile: "linux-6.18.19",
    expect: { breaks: ["TYPESTATE"], severity: "S1" },
    setup(k, mm) {
      k.run(k.mmap(mm, { start: AT, length: 4096, flags: VM.READ, ops: "other", owner: "other0" }));
      return vmaIn(k, mm, AT);
    },
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapReadLock(mm);
        const handle = yield* rustHandleNew("v16", "VmaRef", mm, vma, null);
        yield* k.mmapReadUnlock(mm);
        yield* rustCall("v16", handle, "flags");
      },
    },
  }),
];
