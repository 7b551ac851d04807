import { PAGE_SIZE, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { AT, INODE, RW, story } from "./process.ts";

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
