import type { Rule } from "../events/violation.ts";

export const FILE_REF: Rule = {
  name: "FILE-REF",
  severity: "S0",
  wording: "a file lives while it is referenced: no put without a reference, no use after its release",
  source: "fs/file_table.c, fput(), __fput()",
};
