import { scenario } from "@faultline/interleave";
import { type Kernel, PAGE_SIZE, type PagePtr, presentPte, type Steps, VM } from "@faultline/mm";

const AT = 0x4000_0000;

/** What the entry that stands for a page on the device names, or null when it is another by now. */
function* devicePage(k: Kernel, mm: number): Steps<PagePtr | null> {
  const entry = presentPte(yield* k.ptepGet(mm, AT));
  return entry === null ? null : { page: entry.page, gen: entry.gen };
}

/** do_swap_page of such an entry: the driver moves the page back, and its copy on the device goes. */
function* fault(k: Kernel, mm: number, pinned: boolean): Steps<void> {
  yield* k.mmapReadLock(mm);
  let page = yield* devicePage(k, mm);
  if (page !== null && pinned && (yield* k.pteOffsetMapLock(mm, AT))) {
    page = yield* devicePage(k, mm);
    if (page !== null) yield* k.getPage(page);
    yield* k.pteUnmapUnlock(mm, AT);
  }
  if (page !== null) {
    if (!pinned) yield* k.getPage(page); // page->pgmap->ops->migrate_to_ram()
    if (yield* k.pteOffsetMapLock(mm, AT)) {
      yield* k.zapPteRange(mm, AT, AT + PAGE_SIZE);
      yield* k.pteUnmapUnlock(mm, AT);
    }
    yield* k.tlbFinishMmu(mm);
    yield* k.putPage(page);
  }
  yield* k.mmapReadUnlock(mm);
}

export default scenario({
  title: "mm/memory.c: fix race when faulting a device private page",
  fix: "16ce101db85d",
  cve: "CVE-2022-3523",
  note: "A fault and the driver fetch one page from the device; who is second has an entry that says nothing any more.",
  profile: "linux-6.1",
  variants: { buggy: { pinned: false }, fixed: { pinned: true } },
  expect: {
    buggy: { breaks: ["PAGE-REF"], severity: "S0" },
    fixed: { clean: ["ptep_get", "get_page", "zap_pte_range"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    k.run(k.pageFault(mm, AT, true));
    return mm;
  },
  threads: (mm, { pinned }) => ({
    first: { mm, run: (k) => fault(k, mm, pinned) },
    // The driver itself, which fetches the page before it resets the device, goes the same way.
    reset: {
      mm,
      *run(k) {
        yield* fault(k, mm, pinned);
      },
    },
  }),
});
