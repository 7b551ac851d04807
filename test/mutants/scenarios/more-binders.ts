import { type BinderGeneration, binderGenerations, openBinder } from "@faultline/mm";
import type { Design } from "../../../packages/gallery/src/designs/design.ts";

function binder(name: string, profile: string, gen: BinderGeneration): Design {
  return {
    name: `C ${name}`,
    about: "",
    profile,
    open: (k, pages) => ({ ...openBinder(k, "binder", pages), inode: -1, file: -1 }),
    send: (k, handle, index) => k.binderInstall(handle, gen, index, 1),
    free: (k, handle, index) => k.binderFreeBuf(handle, gen, index, 1),
    shrink: (k, handle) => k.binderShrinkScan([handle], gen, 2),
  };
}

/** The generations of the C driver that the designs leave out, and one between two of them. */
export const moreBinders: readonly Design[] = [
  binder("5.0", "linux-5.0", binderGenerations["5.0"]),
  binder("5.4", "linux-5.4", binderGenerations["5.4"]),
  binder("6.0", "linux-6.1", binderGenerations["6.0"]),
  binder("6.6", "linux-6.6", binderGenerations["6.6"]),
  binder("6.12", "linux-6.12", binderGenerations["6.12"]),
  binder("6.12, told by alloc->mapped", "linux-6.12", { ...binderGenerations["6.12"], reclaimImpostor: "mapped" }),
  binder("6.14", "linux-6.14", binderGenerations["6.14"]),
];
