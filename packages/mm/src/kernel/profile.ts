/** What differs between kernels. A procedure asks the knob, never the version. */
export interface Knobs {
  /** Whether munmap turns mmap_lock into a read lock before it zaps (dd2283f2605e, e4bd84c069f2). */
  readonly munmapDowngrade: "never" | "unless-next-to-stack" | "always";
  /** Per-VMA locks: none, or the protocol as callers see it, whatever it is made of. */
  readonly vmaLock: "none" | "rwsem" | "refcnt";
  /** Form of rwsems: `fair` as in the kernel; `plain` without a queue, for published benchmarks. */
  readonly rwsem: "fair" | "plain";
}

/** A kernel by name. */
export interface Profile {
  /** The resolved name, for instance `linux-6.18.19`. */
  readonly name: string;
  readonly knobs: Knobs;
}

const BASE: Knobs = { munmapDowngrade: "unless-next-to-stack", vmaLock: "none", rwsem: "fair" };

const PROFILES: Readonly<Record<string, Knobs>> = {
  "linux-4.19": { ...BASE, munmapDowngrade: "never" },
  "linux-5.0": BASE,
  "linux-5.4": BASE,
  "linux-6.1": BASE,
  "linux-6.6": { ...BASE, munmapDowngrade: "always", vmaLock: "rwsem" },
  "linux-6.12": { ...BASE, munmapDowngrade: "always", vmaLock: "rwsem" },
  "linux-6.14": { ...BASE, munmapDowngrade: "always", vmaLock: "rwsem" },
  "linux-6.18.0": { ...BASE, munmapDowngrade: "always", vmaLock: "refcnt" },
  "linux-6.18.19": { ...BASE, munmapDowngrade: "always", vmaLock: "refcnt" },
};

const ALIASES: Readonly<Record<string, string>> = { "linux-6.18": "linux-6.18.19" };

/** Names of the profiles, oldest first. */
export const profileNames: readonly string[] = Object.keys(PROFILES);

/** A name that no profile has. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
  readonly code = "E_PROFILE";
}

/**
 * The profile of this name or alias.
 * @throws ProfileError that lists the names there are
 */
export function profile(name: string): Profile {
  const resolved = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (!Object.hasOwn(PROFILES, resolved)) {
    throw new ProfileError(`no kernel profile is called ${name}. There are ${profileNames.join(", ")}`);
  }
  return { name: resolved, knobs: PROFILES[resolved]! };
}
