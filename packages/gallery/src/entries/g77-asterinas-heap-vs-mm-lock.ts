import { scenario } from "@faultline/interleave";

const HEAP = "heap";
const MM = "vm_space";

export default scenario({
  title: "asterinas: dead locks when generating /proc/[pid]/maps",
  note: "Not Linux: two mutexes of another kernel, taken in both orders.",
  profile: "linux-7.0",
  variants: { buggy: { maps: [MM, HEAP] }, fixed: { maps: [HEAP, MM] } },
  expect: {
    buggy: { breaks: ["NO-STUCK"], severity: "S4" },
    fixed: { clean: ["mutex_lock", "mutex_unlock"] },
  },
  setup: () => null,
  threads: (_, { maps }) => ({
    *brk(k) {
      yield* k.mutexLock(HEAP);
      yield* k.mutexLock(MM);
      yield* k.mutexUnlock(MM);
      yield* k.mutexUnlock(HEAP);
    },
    *maps(k) {
      for (const lock of maps) yield* k.mutexLock(lock);
      for (const lock of maps.toReversed()) yield* k.mutexUnlock(lock);
    },
  }),
});
