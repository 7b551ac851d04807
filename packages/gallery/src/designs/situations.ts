import { type Body, scenario, type Scenario } from "@faultline/interleave";
import { BINDER_BUFFER, PAGE_SIZE, VM } from "@faultline/mm";
import type { Design, Handle } from "./design.ts";

/** Something that a receiver's process does to its buffer while the driver works, or two at work at once. */
export interface Situation {
  readonly name: string;
  /** One line. */
  readonly about: string;
  readonly pages: number;
  /** Pages that are installed, and unused again, beforehand. */
  readonly unused: readonly number[];
  readonly threads: (design: Design, binder: Handle) => Readonly<Record<string, Body>>;
}

/** Where a moved buffer goes. */
const ELSEWHERE = BINDER_BUFFER + 0x100_0000;

function owner(binder: Handle, run: Extract<Body, { run: unknown }>["run"]): Body {
  return { mm: binder.mm, run };
}

function sender(design: Design, binder: Handle, index: number): Body {
  return (k) => design.send(k, binder, index);
}

function reclaim(design: Design, binder: Handle): Body {
  return function* (k) {
    yield* design.shrink(k, binder);
    if (design.work !== undefined) yield* design.work(k, binder);
  };
}

function replace(ops: string, flags: number): (binder: Handle) => Body {
  return (binder) =>
    owner(binder, function* (k) {
      const length = binder.pages * PAGE_SIZE;
      yield* k.munmap(binder.mm, binder.start, length);
      yield* k.mmap(binder.mm, { start: binder.start, length, flags, ops, owner: ops === "" ? "" : "other0" });
    });
}

function move(from: number, pages: number, to: number): (binder: Handle) => Body {
  return (binder) =>
    owner(binder, (k) =>
      k.mremap(binder.mm, {
        start: from,
        oldLength: pages * PAGE_SIZE,
        newLength: pages * PAGE_SIZE,
        to,
        dontUnmap: false,
      }),
    );
}

/** The owner does what it does, then receives the page with this index and reads it where it lies now. */
function thenReads(body: Body, design: Design, binder: Handle, index: number, at: number): Body {
  const run = typeof body === "function" ? body : body.run;
  return owner(binder, function* (k) {
    yield* run(k);
    if (design.receive !== undefined) yield* design.receive(k, binder, index);
    yield* k.pageFault(binder.mm, at, false);
  });
}

function unmap(from: number, pages: number): (binder: Handle) => Body {
  return (binder) => owner(binder, (k) => k.munmap(binder.mm, from, pages * PAGE_SIZE));
}

/** The situations that the designs are compared in. */
export const situations: readonly Situation[] = [
  {
    name: "munmap, send",
    about: "the buffer is unmapped while a page is installed",
    pages: 1,
    unused: [],
    threads: (design, binder) => ({ owner: unmap(BINDER_BUFFER, 1)(binder), sender: sender(design, binder, 0) }),
  },
  {
    name: "munmap, reclaim",
    about: "the buffer is unmapped while a page is reclaimed",
    pages: 1,
    unused: [0],
    threads: (design, binder) => ({ owner: unmap(BINDER_BUFFER, 1)(binder), reclaim: reclaim(design, binder) }),
  },
  {
    name: "impostor, send",
    about: "another driver's writable memory takes the buffer's place, and is read, while a page is installed",
    pages: 1,
    unused: [],
    threads: (design, binder) => ({
      owner: thenReads(replace("other", VM.READ | VM.WRITE)(binder), design, binder, 0, BINDER_BUFFER),
      sender: sender(design, binder, 0),
    }),
  },
  {
    name: "impostor, reclaim",
    about: "anonymous memory takes the buffer's place while a page is reclaimed",
    pages: 1,
    unused: [0],
    threads: (design, binder) => ({ owner: replace("", VM.READ)(binder), reclaim: reclaim(design, binder) }),
  },
  {
    name: "wrong offset, send",
    about: "the buffer's second page is moved over its first, and read, while the first is installed",
    pages: 2,
    unused: [],
    threads: (design, binder) => ({
      owner: thenReads(move(BINDER_BUFFER + PAGE_SIZE, 1, BINDER_BUFFER)(binder), design, binder, 0, BINDER_BUFFER),
      sender: sender(design, binder, 0),
    }),
  },
  {
    name: "wrong offset, reclaim",
    about: "the buffer's second page is moved over its first, while the first is reclaimed",
    pages: 2,
    unused: [0],
    threads: (design, binder) => ({
      owner: move(BINDER_BUFFER + PAGE_SIZE, 1, BINDER_BUFFER)(binder),
      reclaim: reclaim(design, binder),
    }),
  },
  {
    name: "split, send",
    about: "the buffer's first page is unmapped and its second read, while that is installed",
    pages: 2,
    unused: [],
    threads: (design, binder) => ({
      owner: thenReads(unmap(BINDER_BUFFER, 1)(binder), design, binder, 1, BINDER_BUFFER + PAGE_SIZE),
      sender: sender(design, binder, 1),
    }),
  },
  {
    name: "split, reclaim",
    about: "the buffer's first page is unmapped while its second is reclaimed",
    pages: 2,
    unused: [1],
    threads: (design, binder) => ({ owner: unmap(BINDER_BUFFER, 1)(binder), reclaim: reclaim(design, binder) }),
  },
  {
    name: "moved, send",
    about: "the buffer is moved, and read there, while a page is installed",
    pages: 1,
    unused: [],
    threads: (design, binder) => ({
      owner: thenReads(move(BINDER_BUFFER, 1, ELSEWHERE)(binder), design, binder, 0, ELSEWHERE),
      sender: sender(design, binder, 0),
    }),
  },
  {
    name: "moved, reclaim",
    about: "the buffer is moved while a page is reclaimed",
    pages: 1,
    unused: [0],
    threads: (design, binder) => ({
      owner: move(BINDER_BUFFER, 1, ELSEWHERE)(binder),
      reclaim: reclaim(design, binder),
    }),
  },
  {
    name: "read, reclaim",
    about: "the receiver reads the page, faulting where it must, while it is reclaimed",
    pages: 1,
    unused: [0],
    threads: (design, binder) => ({
      owner: owner(binder, (k) => k.pageFault(binder.mm, BINDER_BUFFER, false)),
      reclaim: reclaim(design, binder),
    }),
  },
  {
    name: "send, send",
    about: "two senders want the same page",
    pages: 1,
    unused: [],
    threads: (design, binder) => ({ sender1: sender(design, binder, 0), sender2: sender(design, binder, 0) }),
  },
  {
    name: "send, reclaim",
    about: "a page is wanted again while it is reclaimed",
    pages: 1,
    unused: [0],
    threads: (design, binder) => ({ sender: sender(design, binder, 0), reclaim: reclaim(design, binder) }),
  },
];

/** One design in one situation, as a scenario of one variant. */
export function situationOf(design: Design, situation: Situation): Scenario {
  return scenario({
    title: `${design.name}: ${situation.about}`,
    profile: design.profile,
    variants: { only: {} },
    setup(k) {
      const binder = design.open(k, situation.pages);
      for (const index of situation.unused) {
        k.run(design.send(k, binder, index));
        if (design.receive !== undefined) k.run(design.receive(k, binder, index));
        k.run(design.free(k, binder, index));
      }
      return binder;
    },
    threads: (binder) => situation.threads(design, binder),
  });
}
