import type { Rule } from "../events/violation.ts";

export const FIELD_WRITE: Rule = {
  name: "FIELD-WRITE",
  severity: "S2",
  wording: "each field of a VMA is written under the locks that its row of the field table names",
  source: "Documentation/mm/process_addrs.rst, VMA fields",
};

export const FIELD_READ: Rule = {
  name: "FIELD-READ",
  severity: "S2",
  wording: "a plain access overlaps no write of another task, nor a plain write any access",
  source: "Documentation/dev-tools/kcsan.rst; tools/memory-model/Documentation/explanation.txt",
};
