import type { Steps } from "../events/step.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "../kernel/context.ts";
import { mremap } from "../kernel/mremap.ts";
import { MREMAP } from "./mmap-flags.ts";
import { offsetInPage, pageAlign64 } from "./registers.ts";

/** The registers of mremap(2). */
export type MremapRegisters = {
  readonly address: bigint;
  readonly oldLength: bigint;
  readonly newLength: bigint;
  /** MREMAP_* */
  readonly flags: bigint;
  readonly newAddress: bigint;
};

const KNOWN = BigInt(MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP);

/**
 * mremap(2): the address, or an errno. Whole pages far beyond 2^53 are exact as numbers too. mm/mremap.c
 */
export function* sysMremap(k: Context, mm: number, registers: MremapRegisters): Steps<number> {
  const { address, flags, newAddress } = registers;
  if ((flags & ~KNOWN) !== 0n) return ERRNO.EINVAL;
  const mayMove = (flags & BigInt(MREMAP.MAYMOVE)) !== 0n;
  const fixed = (flags & BigInt(MREMAP.FIXED)) !== 0n;
  const dontUnmap = (flags & BigInt(MREMAP.DONTUNMAP)) !== 0n;
  if ((fixed || dontUnmap) && !mayMove) return ERRNO.EINVAL;
  const oldLength = pageAlign64(registers.oldLength);
  const newLength = pageAlign64(registers.newLength);
  if (dontUnmap && oldLength !== newLength) return ERRNO.EINVAL;
  if (offsetInPage(address) !== 0n || newLength === 0n) return ERRNO.EINVAL;
  const hint = Number(newAddress);
  const to = fixed ? hint : null;
  const [start, before, after] = [Number(address), Number(oldLength), Number(newLength)];
  return yield* mremap(k, mm, { start, oldLength: before, newLength: after, to, dontUnmap, mayMove, hint });
}
