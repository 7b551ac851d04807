/** One measurement of the scaling scenario. */
export interface Cell {
  /** Faulters and pages. */
  readonly n: number;
  readonly p: number;
  /** Whether faulters try the VMA's own lock first. */
  readonly vmaLock: boolean;
  /** Whether the explorer may leave out orders that make no difference. */
  readonly reductions: boolean;
}

/** Which cells a user asks for; nothing: the whole table. */
export interface Pick {
  readonly n?: number;
  readonly p?: number;
  readonly vmaLock?: boolean;
  readonly reductions: boolean;
}

const TABLE_FAULTERS = [1, 2, 3, 4, 5];
const TABLE_PAGES = [1, 2, 3];
/** Beyond the table, to see what a faulter more costs. */
const GROWTH_FAULTERS = [6, 7, 8];

/** The cells of a table, by lock, pages and faulters: the order in which they grow. */
export function cellsFor({ n, p, vmaLock, reductions }: Pick): readonly Cell[] {
  const whole = n === undefined && p === undefined;
  const locks = vmaLock === true ? [true] : whole ? [false, true] : [false];
  const faulters = (pages: number): number[] => {
    if (n !== undefined) return [n];
    return whole && pages === 1 ? [...TABLE_FAULTERS, ...GROWTH_FAULTERS] : TABLE_FAULTERS;
  };
  return locks.flatMap((lock) =>
    (p === undefined ? TABLE_PAGES : [p]).flatMap((pages) =>
      faulters(pages).map((one) => ({ n: one, p: pages, vmaLock: lock, reductions })),
    ),
  );
}

/** `N=5 P=3, VMA lock`. */
export function nameOf({ n, p, vmaLock, reductions }: Cell): string {
  return `N=${n} P=${p}${vmaLock ? ", VMA lock" : ""}${reductions ? "" : ", no reduction"}`;
}
