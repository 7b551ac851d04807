import { component, type Kind, type Ref } from "../store/component.ts";

/** How many allocators there are. */
export const binderCount: Ref<number> = component("binders", 0).of();

/** struct binder_alloc, or the Rust driver's ShrinkablePageRange: what is set once. */
export const binderAlloc: Kind<BinderAlloc> = component<BinderAlloc>("binder:#", { mm: 0, ops: "", pages: 0 });
export type BinderAlloc = { readonly mm: number; readonly ops: string; readonly pages: number };
