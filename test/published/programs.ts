import type { PlainProgram, PlainThread } from "@faultline/interleave";
import { again, done } from "@faultline/mm";

// The benchmark programs of the literature on dynamic partial order reduction, in the words of their descriptions:
// Abdulla, Aronis, Jonsson, Sagonas (POPL'14, JACM'17); Aronis et al. (TACAS'18); and some on locks.

const times = (n: number, make: (i: number) => PlainThread): PlainThread[] =>
  Array.from({ length: n }, (_, i) => make(i));

/** One writer of x, n readers of it. */
export function readers(n: number): PlainProgram {
  return {
    threads: [
      function* (k) {
        yield* k.writeOnce("x", 42);
      },
      ...times(
        n,
        () =>
          function* (k) {
            yield* k.readOnce("x");
          },
      ),
    ],
  };
}

/** Writer j: a[j] := a[j-1] + 1. The reader looks for the last zero, from a[n] down. */
export function lastzero(n: number): PlainProgram {
  return {
    threads: [
      function* (k) {
        yield* k.loop(n, function* (i) {
          return (yield* k.readOnce(`a${i}`)) === 0 ? done(i) : again(i - 1);
        });
      },
      ...times(
        n,
        (i) =>
          function* (k) {
            const value = Number(yield* k.readOnce(`a${i}`));
            yield* k.writeOnce(`a${i + 1}`, value + 1);
          },
      ),
    ],
  };
}

/** Each thread allocates a block for its inode, searching from a place of its own. */
export function filesystem(n: number): PlainProgram {
  const [inodes, blocks] = [32, 26];
  return {
    threads: times(n, (t) => {
      const i = t % inodes;
      return function* (k) {
        yield* k.mutexLock(`I${i}`);
        if ((yield* k.readOnce(`inode${i}`)) === 0) {
          yield* k.loop((2 * i) % blocks, function* (b) {
            yield* k.mutexLock(`B${b}`);
            if ((yield* k.readOnce(`busy${b}`)) === 0) {
              yield* k.writeOnce(`busy${b}`, 1);
              yield* k.writeOnce(`inode${i}`, b + 1);
              yield* k.mutexUnlock(`B${b}`);
              return done();
            }
            yield* k.mutexUnlock(`B${b}`);
            return again((b + 1) % blocks);
          });
        }
        yield* k.mutexUnlock(`I${i}`);
      };
    }),
  };
}

/** Each thread inserts four messages into a shared hash table of 128 slots, by compare and swap. */
export function indexer(n: number): PlainProgram {
  return {
    threads: times(
      n,
      (t) =>
        function* (k) {
          for (let m = 1; m <= 4; m++) {
            const w = 11 * m + t;
            yield* k.loop((7 * w) % 128, function* (h) {
              return (yield* k.cmpxchg(`table${h}`, 0, w)) === 0 ? done() : again((h + 1) % 128);
            });
          }
        },
    ),
  };
}

/** n threads write their own number to x, one more reads it. */
export function floatingRead(n: number): PlainProgram {
  return {
    threads: [
      function* (k) {
        yield* k.readOnce("x");
      },
      ...times(
        n,
        (i) =>
          function* (k) {
            yield* k.writeOnce("x", i + 1);
          },
      ),
    ],
  };
}

/** n threads write their own number to x; the main thread waits for all of them, then reads it. */
export function lastwrite(n: number): PlainProgram {
  return {
    threads: [
      function* (k) {
        for (let i = 1; i <= n; i++) yield* k.waitEvent(`done${i}`, 1);
        yield* k.readOnce("x");
      },
      ...times(
        n,
        (i) =>
          function* (k) {
            yield* k.writeOnce("x", i + 1);
            yield* k.writeOnce(`done${i + 1}`, 1);
          },
      ),
    ],
  };
}

/** Each thread increments the words in turn; its results used or dropped. */
export function increments(n: number, words: readonly string[], used: boolean): PlainProgram {
  return {
    threads: times(
      n,
      () =>
        function* (k) {
          for (const name of words) yield* used ? k.fetchAdd(name, 1) : k.atomicAdd(name, 1);
        },
    ),
  };
}

/** PlainThread i: compare x with i-1 and swap it for i. */
export function casrot(n: number): PlainProgram {
  return {
    threads: times(
      n,
      (i) =>
        function* (k) {
          yield* k.cmpxchg("x", i, i + 1);
        },
    ),
  };
}

/** Compare x with 0 and swap it for 1; then write a number of one's own. */
export function casw(n: number): PlainProgram {
  return {
    threads: times(
      n,
      (i) =>
        function* (k) {
          yield* k.cmpxchg("x", 0, 1);
          yield* k.writeOnce("x", i + 4);
        },
    ),
  };
}

/** Two threads, up to n rounds: x := id; y := 1; if x is still id, read y and stop. */
export function optLock(n: number): PlainProgram {
  return {
    threads: times(
      2,
      (id) =>
        function* (k) {
          for (let round = 0; round < n; round++) {
            yield* k.writeOnce("x", id);
            yield* k.writeOnce("y", 1);
            if ((yield* k.readOnce("x")) === id) {
              yield* k.readOnce("y");
              return;
            }
          }
        },
    ),
  };
}

/** Readers and writers of one rwsem. */
export function rwsem(readers: number, writers: number): PlainProgram {
  return {
    threads: [
      ...times(
        readers,
        () =>
          function* (k) {
            yield* k.downRead("s");
            yield* k.upRead("s");
          },
      ),
      ...times(
        writers,
        () =>
          function* (k) {
            yield* k.downWrite("s");
            yield* k.upWrite("s");
          },
      ),
    ],
  };
}

function locking(unlock: boolean): PlainThread {
  return function* (k) {
    yield* k.mutexLock("m");
    if (!unlock) return;
    yield* k.fetchAdd("x", 1);
    yield* k.mutexUnlock("m");
  };
}

/** n threads lock, count, and unlock; or never unlock. */
export function mutexes(n: number, unlock: boolean): PlainProgram {
  return { threads: times(n, () => locking(unlock)) };
}

function trying(unlock: boolean): PlainThread {
  return function* (k) {
    if (!(yield* k.mutexTrylock("m"))) return;
    yield* k.fetchAdd("x", 1);
    if (unlock) yield* k.mutexUnlock("m");
  };
}

/** n threads that try a lock, and one that takes it. */
export function mutexVsTrylock(n: number): PlainProgram {
  return { threads: [locking(true), ...times(n, () => trying(true))] };
}

/** n threads that try a lock and, when they got it, let go of it, or never do. */
export function trylocks(n: number, unlock: boolean): PlainProgram {
  return { threads: times(n, () => trying(unlock)) };
}

/** PlainThread i locks, counts, and unlocks only if it came i-th. */
export function mutexHard(n: number): PlainProgram {
  return {
    threads: times(
      n,
      (i) =>
        function* (k) {
          yield* k.mutexLock("m");
          if ((yield* k.fetchAdd("x", 1)) === i) yield* k.mutexUnlock("m");
        },
    ),
  };
}
