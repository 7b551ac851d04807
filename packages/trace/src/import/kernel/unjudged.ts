/**
 * Why the result of a system call is not held against the model's. Each that is not is counted under its reason.
 */
export const UNJUDGED = {
  begun: "its beginning is not in the trace",
  endless: "what it returns is not in sight where it begins",
  lost: "its address space is not followed",
  left: "its lines are not those of the model's procedure",
  memory: "it looks at memory that the trace has not shown",
  stores: "what it does is held store by store",
  place: "the kernel chose the address",
  signal: "a signal ended it",
  limit: "memory or a limit may have run out",
  policy: "memory may be sealed, or a security policy have refused it",
  file: "what its file allows is not known",
  config: "how the kernel was built decides it",
  child: "no line tells of the child",
  namespace: "pids of another namespace",
} as const;

/** The reason for calls of which the model has no procedure, or not with these flags. */
export function unmodelled(what: string): string {
  return `not modelled: ${what}`;
}
