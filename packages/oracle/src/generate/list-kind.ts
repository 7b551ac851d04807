/** What an operation of a list is for. */
export type Act =
  | "map"
  | "mapShared"
  | "mapFile"
  | "mapLike"
  | "mapNumber"
  | "munmap"
  | "protect"
  | "protectLike"
  | "flagAdvice"
  | "pageAdvice"
  | "lock"
  | "touch"
  | "move"
  | "moveBack"
  | "resize"
  | "duplicate"
  | "truncate"
  | "fork"
  | "mistake"
  | "islands"
  | "reset";

/** What lists are about: each kind goes to other corners. */
export const LIST_KINDS = ["basic", "mistakes", "merge", "move", "lock", "advice", "file", "fork", "all"] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** How often each act comes in a list of this kind. */
export const WEIGHTS: Readonly<Record<ListKind, Readonly<Partial<Record<Act, number>>>>> = {
  basic: { map: 20, mapLike: 5, munmap: 10, protect: 12, touch: 25, move: 5, resize: 6, pageAdvice: 4, reset: 1 },
  mistakes: { map: 8, mapFile: 4, mapShared: 2, munmap: 3, protect: 4, lock: 3, touch: 8, mistake: 60, reset: 1 },
  merge: {
    ...{ map: 5, mapLike: 22, munmap: 7, protect: 4, protectLike: 20, flagAdvice: 6, touch: 20, move: 9, moveBack: 4 },
    ...{ resize: 9, lock: 2, fork: 1, islands: 2, reset: 1 },
  },
  move: {
    ...{ map: 10, mapLike: 5, mapFile: 3, mapShared: 2, munmap: 4, protect: 3, touch: 18, move: 20, moveBack: 14 },
    ...{ resize: 20, duplicate: 5, lock: 2, reset: 1 },
  },
  lock: {
    map: 12,
    mapFile: 5,
    mapLike: 8,
    munmap: 6,
    protect: 8,
    protectLike: 6,
    lock: 35,
    touch: 8,
    resize: 8,
    pageAdvice: 4,
    reset: 1,
  },
  advice: {
    map: 14,
    mapFile: 8,
    mapShared: 3,
    munmap: 4,
    flagAdvice: 28,
    pageAdvice: 28,
    touch: 14,
    fork: 3,
    lock: 2,
    reset: 1,
  },
  file: {
    ...{
      map: 4,
      mapFile: 22,
      mapShared: 8,
      mapLike: 10,
      munmap: 6,
      protect: 8,
      touch: 22,
      truncate: 8,
      pageAdvice: 10,
    },
    ...{ move: 4, moveBack: 2, resize: 3, duplicate: 4, fork: 2, reset: 1 },
  },
  fork: {
    ...{ map: 14, mapLike: 8, mapFile: 6, mapShared: 4, munmap: 5, protect: 6, protectLike: 6, touch: 24, fork: 16 },
    ...{ flagAdvice: 6, pageAdvice: 4, move: 4, moveBack: 3, resize: 3, truncate: 3, reset: 1 },
  },
  all: {
    ...{
      map: 10,
      mapShared: 3,
      mapFile: 8,
      mapLike: 8,
      mapNumber: 6,
      munmap: 8,
      protect: 7,
      protectLike: 6,
      flagAdvice: 6,
    },
    ...{
      pageAdvice: 8,
      lock: 6,
      touch: 18,
      move: 5,
      moveBack: 3,
      resize: 6,
      duplicate: 2,
      truncate: 3,
      fork: 3,
      mistake: 6,
    },
    reset: 1,
  },
};
