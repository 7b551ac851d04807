import { holdAgainst } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { directedList, machineOf } from "./helpers/directed-list.ts";
import { WatchedProcess } from "./helpers/watched-process.ts";

// The other recorded kernels had their disk in a tmpfs, which is the exception.
const KERNEL = "linux-6.18";

describe("reads behind the end of a file on disk map what the kernel maps around them", () => {
  test.each(directedList(KERNEL, "file-end").parts)("$title", ({ operations, results }) => {
    const process = new WatchedProcess({ profile: KERNEL, machine: machineOf(KERNEL) });
    expect(holdAgainst(process, operations, results)).toEqual({
      lines: results.length,
      refused: 0,
      differences: [],
    });
    expect(process.wrong).toEqual([]);
  });
});
