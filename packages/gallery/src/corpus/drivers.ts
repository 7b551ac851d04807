import { enclaveProt, type Kernel, PAGE_SIZE, type Steps, TABLE_SPAN, VM, word } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, RW, story, vmaIn } from "./process.ts";

function mapRing(k: Kernel, mm: number, file: number): Steps<number> {
  return k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "aio_ring", owner: "aio0", file });
}

/** Devices that map their own memory, and ashmem. */
export const drivers: readonly CorpusItem[] = [
  ...(["linux-6.18.19", "linux-7.0"] as const).map((profile) =>
    story(`drivers/pfn-device-${profile}`, {
      title: "a device goes away while its frame is mapped: rmap must not miss the new VMA",
      profile,
      profiles: profile === "linux-7.0" ? [] : ["linux-6.1", "linux-6.15.0"],
      expect:
        profile === "linux-7.0"
          ? { clean: ["pfn_device_frame", "insert_pfn", "dma_free_coherent"] }
          : { breaks: ["PAGE-REF", "ZAP-COMPLETE"], severity: "S0" },
      setup(k) {
        k.run(k.pfnDeviceProbe(0, k.run(k.dmaAllocCoherent())));
        return k.run(k.doDentryOpen(INODE, "pfn_device", "pfn_device0"));
      },
      threads: {
        *process(k, mm, file) {
          const flags = VM.READ | VM.SHARED;
          yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "pfn_device", owner: "pfn_device0", file });
          yield* k.exitProcess(mm);
        },
      },
      others: {
        *unplug(k) {
          yield* k.pfnDeviceRemove(0, INODE);
        },
      },
    }),
  ),
  story("drivers/enclave", {
    title: "an enclave that was built to be read: its driver refuses mprotect what it would refuse mmap",
    profile: "linux-6.12",
    expect: { clean: ["sgx_encl_may_map", "vm_flags_reset_once", "vm_area_free"] },
    setup: (k) => k.put(word.of(enclaveProt("sgx0")), VM.READ),
    threads: {
      *process(k, mm) {
        const mapping = { start: AT, length: 2 * PAGE_SIZE, ops: "sgx", owner: "sgx0" };
        yield* k.mmap(mm, { ...mapping, flags: RW });
        yield* k.mmap(mm, { ...mapping, flags: VM.READ });
        yield* k.mprotect(mm, AT, 2 * PAGE_SIZE, RW);
        yield* k.mprotect(mm, AT, PAGE_SIZE, 0);
      },
    },
  }),
  story("drivers/aio-ring", {
    title: "the ring of an AIO context is moved with its page while the context dies: it follows, or goes back",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["aio_ring_mremap", "kill_ioctx", "move_ptes", "flush_tlb_range"] },
    setup(k, mm) {
      const file = k.run(k.doDentryOpen(INODE, "", ""));
      k.run(mapRing(k, mm, file));
      const vma = vmaIn(k, mm, AT);
      const page = k.run(k.allocPage());
      k.run(k.mmapReadLock(mm));
      k.run(k.pteAlloc(mm, AT));
      k.run(k.pteOffsetMapLock(mm, AT));
      k.run(k.setPteAt(vma, AT, page, true));
      k.run(k.pteUnmapUnlock(mm, AT));
      k.run(k.mmapReadUnlock(mm));
      return file;
    },
    threads: {
      *process(k, mm, file) {
        const [oldLength, newLength, to] = [PAGE_SIZE, PAGE_SIZE, AT + TABLE_SPAN];
        yield* k.mremap(mm, { start: AT, oldLength, newLength, to, dontUnmap: false });
        yield* mapRing(k, mm, file);
      },
      *exits(k) {
        yield* k.killIoctx("aio0");
      },
    },
    others: {
      *truncate(k) {
        yield* k.unmapMappingPages(INODE, 0, 1);
      },
    },
  }),
  story("drivers/larger-allocation", {
    title: "two pages are allocated as one and inserted: the second, which has no references of its own, stays out",
    profile: "linux-6.12",
    expect: { clean: ["alloc_pages", "insert_page_into_pte_locked", "__free_pages", "zap_pte_range"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 2, VM.READ | VM.MIXEDMAP)),
    threads: {
      *driver(k, mm) {
        const [head, tail] = (yield* k.allocPages(1)) ?? [];
        if (head === undefined || tail === undefined) return;
        yield* k.mmapReadLock(mm);
        const vma = yield* k.vmaLookup(mm, AT);
        if (vma !== null) {
          yield* k.vmInsertPage(mm, vma, AT, head, null);
          yield* k.vmInsertPage(mm, vma, AT + PAGE_SIZE, tail, null);
        }
        yield* k.mmapReadUnlock(mm);
        yield* k.freePages(head, 1);
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, 2 * PAGE_SIZE);
      },
    },
  }),
  story("drivers/ashmem-refuses", {
    title: "an area without a size cannot be mapped, nor one for accesses that its mask does not have",
    profile: "linux-4.19",
    expect: { clean: ["driver_refuses", "vm_area_free"] },
    threads: {
      *process(k, mm) {
        const mapping = { start: AT, length: PAGE_SIZE, flags: RW, ops: "ashmem", owner: "ashmem0" };
        yield* k.mmap(mm, mapping);
        yield* k.ashmemSetSize(0, PAGE_SIZE, true);
        yield* k.ashmemSetProtMask(0, VM.READ);
        yield* k.mmap(mm, mapping);
        yield* k.mmap(mm, { ...mapping, ops: "mon_bin", owner: "mon_bin0" });
      },
    },
  }),
  story("drivers/ashmem-mask", {
    title: "an area's protection mask loses one right after the other while it is mapped with none",
    profile: "linux-4.19",
    expect: {
      clean: ["ashmem_store_prot", "driver_refuses", "try_clear_maywrite", "try_clear_mayread", "try_clear_mayexec"],
    },
    setup: (k) => k.run(k.ashmemSetSize(0, PAGE_SIZE, true)),
    threads: {
      *process(k, mm) {
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: 0, ops: "ashmem", owner: "ashmem0" });
      },
      *mask(k) {
        yield* k.ashmemSetProtMask(0, VM.READ);
        yield* k.ashmemSetProtMask(0, 0);
      },
    },
  }),
];
