import { explore, scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";
import { expect, it } from "vitest";

const AT = 0x10_0000;
const AREA = { length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" };

it.each(["linux-6.12", "linux-6.14", "linux-6.15.0", "linux-6.18.19"])(
  "%s: lock_next_vma finds the next VMA whatever is mapped and unmapped meanwhile",
  (profile) => {
    const one = scenario({
      title: "a walk from VMA to VMA under their own locks",
      profile,
      variants: { only: {} },
      setup(k) {
        const mm = k.mm();
        k.run(k.mmap(mm, { ...AREA, start: AT }));
        return mm;
      },
      threads: (mm) => ({
        maps: {
          mm,
          *run(k) {
            const vma = yield* k.lockNextVma(mm, 0);
            if (vma !== null) yield* k.vmaEndRead(vma);
          },
        },
        other: {
          mm,
          *run(k) {
            yield* k.mmap(mm, { ...AREA, start: AT - 4 * PAGE_SIZE, ops: "binder_none", owner: "x" });
            yield* k.munmap(mm, AT, PAGE_SIZE);
          },
        },
      }),
    });
    const result = explore(one.instantiate("only").program);
    expect(result.findings.map(({ violation }) => violation.message)).toEqual([]);
    expect(result.verdict).toBe("clean");
  },
);
