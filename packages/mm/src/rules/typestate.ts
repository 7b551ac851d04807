import type { Rule } from "../events/violation.ts";

export const TYPESTATE: Rule = {
  name: "TYPESTATE",
  severity: "S0",
  wording:
    "a step of the Rust abstraction is called through a handle whose type has it, while what the type proves is true",
  source: "rust/kernel/mm.rs; rust/kernel/mm/virt.rs, the safety comments",
};
