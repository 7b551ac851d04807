/** What holding a handle proves, as section 7 of the reference puts it. */
export type Proof =
  /** mm_count > 0 */
  | "mm-struct"
  /** mm_users > 0 */
  | "mm-users"
  /** the task holds mmap_lock, for reading or more */
  | "mmap-lock"
  /** the task holds mmap_lock for writing */
  | "mmap-write-lock"
  /** some lock that the task holds keeps the VMA as it is, or it is new and the task's own */
  | "vma-stable"
  /** the VMA is in its mmap hook, and the task is the one that maps it */
  | "vma-new"
  /** VM_MIXEDMAP is set */
  | "mixedmap"
  /** an RCU section, and nothing else */
  | "rcu";

/** A method of a handle. */
export interface Method {
  /** The step or procedure of the model that it stands for, by its kernel name. */
  readonly op: string;
  /** The handle that a successful call gives, borrowed from this one unless `owned`. */
  readonly returns?: string;
  readonly owned?: boolean;
  /** Whether the call takes the handle away. */
  readonly consumes?: boolean;
}

/** A type of handle. */
export interface HandleType {
  readonly proofs: readonly Proof[];
  /** Types that this one derefs to: their methods are its own. */
  readonly derefs?: readonly string[];
  readonly methods: Readonly<Record<string, Method>>;
}

/** One generation of the Rust abstraction for mm_struct and vm_area_struct: rust/kernel/mm.rs, rust/kernel/mm/virt.rs. */
export interface ApiGeneration {
  readonly name: string;
  readonly types: Readonly<Record<string, HandleType>>;
}

/** The method that a handle of this type has, its own or by deref; undefined when it has none of that name. */
export function methodOf(api: ApiGeneration, type: string, method: string): Method | undefined {
  const found = api.types[type];
  if (found === undefined) return undefined;
  if (Object.hasOwn(found.methods, method)) return found.methods[method];
  for (const base of found.derefs ?? []) {
    const inherited = methodOf(api, base, method);
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}

/** Everything that a handle of this type proves, what it derefs to included. */
export function proofsOf(api: ApiGeneration, type: string): readonly Proof[] {
  const found = api.types[type];
  if (found === undefined) return [];
  return [...new Set([...found.proofs, ...(found.derefs ?? []).flatMap((base) => proofsOf(api, base))])];
}
