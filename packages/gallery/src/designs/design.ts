import type { SetupKernel } from "@faultline/interleave";
import type { BinderHandle, Kernel, LazyHandle, Steps, Value } from "@faultline/mm";

/** What a design's procedures are given; inode and file are those of the lazy design, -1 elsewhere. */
export type Handle = BinderHandle & Pick<LazyHandle, "inode" | "file">;

/** A whole binder: how its pages come into a receiver's address space, and go again. */
export interface Design {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** Name of the kernel profile it is checked on. */
  readonly profile: string;
  /** A process that has mapped a buffer of this many pages at a fixed place, in an address space of its own. */
  readonly open: (k: SetupKernel, pages: number) => Handle;
  /** The sender wants the page with this index: 0 or an errno. */
  readonly send: (k: Kernel, binder: Handle, index: number) => Steps<number>;
  /** What the receiver does in the kernel before its user code gets the page's address. */
  readonly receive?: (k: Kernel, binder: Handle, index: number) => Steps<Value>;
  /** The page is unused from now on. */
  readonly free: (k: Kernel, binder: Handle, index: number) => Steps<Value>;
  /** One pass of the shrinker over one page. */
  readonly shrink: (k: Kernel, binder: Handle) => Steps<Value>;
  /** What the shrinker leaves to a worker, one page of it. */
  readonly work?: (k: Kernel, binder: Handle) => Steps<Value>;
}
