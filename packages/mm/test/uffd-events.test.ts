import { describe, expect, it } from "vitest";
import { ERRNO, presentPte, pteAt, type UffdEvent, VM } from "../src/index.ts";
import { inodeShmem } from "../src/objects/file.ts";
import { uffdChanging, uffdEvents } from "../src/objects/uffd.ts";
import { AT, lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const CTX = 1;
const TO = 0x40000;

/** A process with two pages of which a monitor hears everything. */
function monitored(profile = "linux-6.12") {
  const w = new World(4, profile, { uffdEvents: true });
  const mm = w.mm(1);
  mapAt(w, mm, AT, 2);
  w.as(1, w.k.userfaultfdApi(CTX, ["fork", "remap", "remove", "unmap"]));
  w.as(1, w.k.userfaultfdRegister(mm, AT, 2 * PAGE, CTX, "missing"));
  const read = (): UffdEvent => w.as(2, w.k.userfaultfdCtxRead(CTX));
  return { w, mm, read };
}

describe("a monitor hears", () => {
  it("of what is unmapped, when mmap_lock is free again", () => {
    const { w, mm, read } = monitored();
    expect(() => w.as(1, w.k.munmap(mm, AT, PAGE))).toThrow("userfaultfd_event_wait_completion");
    expect(w.as(2, w.k.mmapWriteTrylock(mm))).toBe(true);
    w.as(2, w.k.mmapWriteUnlock(mm));
    expect(w.as(2, w.k.uffdioCopy(mm, AT + PAGE))).toBe(ERRNO.EAGAIN);
    expect(read()).toEqual({ event: "unmap", by: 1, start: AT, end: AT + PAGE });
  });

  it("of what is moved, and hears of its faults there", () => {
    const { w, mm, read } = monitored();
    const move = { start: AT, oldLength: 2 * PAGE, newLength: 2 * PAGE, to: TO, dontUnmap: false };
    expect(() => w.as(1, w.k.mremap(mm, move))).toThrow("userfaultfd_event_wait_completion");
    expect(read()).toMatchObject({ event: "remap", start: AT, end: TO });
    expect(w.as(1, w.k.readUffdCtx(lookup(w, mm, TO)!))).toBe(CTX);
  });

  it("of no move that fails", () => {
    const { w, mm } = monitored();
    const move = { start: AT, oldLength: 4 * PAGE, newLength: 4 * PAGE, to: TO, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, move))).toBe(ERRNO.EFAULT);
    expect(w.table.get(uffdChanging.of(CTX))).toBe(0);
  });

  it("of a child, whose faults go to a context of its own", () => {
    const { w, mm, read } = monitored();
    expect(() => w.as(1, w.k.fork(mm, null, null))).toThrow("userfaultfd_event_wait_completion");
    const { event, start } = read();
    expect([event, start]).toEqual(["fork", mm + 1]);
    w.as(3, w.k.mmgetNotZero(start));
    w.as(3, w.k.mmapReadLock(start));
    expect(w.as(3, w.k.readUffdCtx(w.as(3, w.k.vmaLookup(start, AT))!))).toBe(CTX + 1000 * start);
    expect([w.broken(1), w.broken(2), w.broken(3)]).toEqual([[], [], []]);
  });

  it("of a fork once, however many of its VMAs are copied", () => {
    const { w, mm, read } = monitored();
    w.as(1, w.k.mprotect(mm, AT, PAGE, VM.READ));
    expect(() => w.as(1, w.k.fork(mm, null, null))).toThrow("userfaultfd_event_wait_completion");
    expect(w.table.get(uffdChanging.of(CTX))).toBe(1);
    expect(read().event).toBe("fork");
    expect(w.table.get(uffdEvents.of(CTX))).toEqual([]);
    for (const at of [AT, AT + PAGE]) {
      w.as(3, w.k.mmapReadLock(mm + 1));
      expect(w.as(3, w.k.readUffdCtx(w.as(3, w.k.vmaLookup(mm + 1, at))!))).toBe(CTX + 1000 * (mm + 1));
      w.as(3, w.k.mmapReadUnlock(mm + 1));
    }
  });

  it("of no child that could not be made", () => {
    const { w, mm } = monitored();
    w.as(1, w.k.mmap(mm, { start: TO, length: PAGE, flags: RW, ops: "", owner: "" }));
    expect(w.as(1, w.k.fork(mm, null, 1))).toBe(ERRNO.ENOMEM);
    expect(w.table.get(uffdChanging.of(CTX))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("UFFDIO_REGISTER", () => {
  it("is for anonymous memory and shmem; for a file on disk only where nobody waits", () => {
    const w = new World(2, "linux-6.12");
    const mm = w.mm(1);
    const opened = [0, 1].map((inode) => w.as(1, w.k.doDentryOpen(inode, "", "")));
    w.table.apply(new Map([[inodeShmem.of(1) as never, true]]));
    opened.forEach((file, i) =>
      w.as(1, w.k.mmap(mm, { start: AT + i * PAGE, length: PAGE, flags: RW | VM.SHARED, ops: "", owner: "", file })),
    );
    expect(w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, CTX, "missing"))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, CTX, "wp"))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, CTX, "wp-async"))).toBe(0);
    expect(w.as(1, w.k.userfaultfdRegister(mm, AT + PAGE, PAGE, CTX, "missing"))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("UFFDIO_COPY", () => {
  it.each([
    ["linux-6.6", "mmap_read_lock"],
    ["linux-6.12", "mmap_read_lock"],
  ])("%s: waits for mmap_lock, if only for the anon_vma", (profile, blocked) => {
    const { w, mm } = monitored(profile);
    w.as(3, w.k.mmapWriteLock(mm));
    expect(() => w.as(2, w.k.uffdioCopy(mm, AT))).toThrow(blocked);
  });

  it("needs the VMA's lock alone where there is an anon_vma, which it sees to (uffdLock)", () => {
    const { w, mm } = monitored();
    expect(w.as(2, w.k.uffdioCopy(mm, AT))).toBe(0);
    expect(presentPte(w.table.get(pteAt(mm, AT)))).not.toBeNull();
    w.as(3, w.k.mmapWriteLock(mm));
    expect(w.as(2, w.k.uffdioCopy(mm, AT + PAGE))).toBe(0);
    expect(w.as(2, w.k.uffdioCopy(mm, AT + PAGE))).toBe(ERRNO.EEXIST);
    expect([w.broken(2), w.broken(3)]).toEqual([[], []]);
  });

  it("has nothing to fill where nobody is registered or nothing is mapped", () => {
    const { w, mm } = monitored();
    mapAt(w, mm, TO, 1, RW | VM.SHARED);
    expect(w.as(2, w.k.uffdioCopy(mm, TO))).toBe(ERRNO.ENOENT);
    expect(w.as(2, w.k.uffdioCopy(mm, TO + PAGE))).toBe(ERRNO.ENOENT);
    expect(w.broken(2)).toEqual([]);
  });
});
