import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Machine, tracefsOf } from "../../packages/cli/src/capture/requirements.ts";
import { runTraced } from "../../packages/cli/src/capture/run-traced.ts";
import { type TraceFiles, TraceInstance } from "../../packages/cli/src/capture/trace-instance.ts";
import { emptyFolder, faultline } from "./helpers/faultline.ts";

const linux: Machine = {
  platform: "linux",
  user: 0,
  mounts: "proc /proc proc rw 0 0\nnodev /sys/kernel/tracing tracefs rw,relatime 0 0\n",
  exists: () => true,
};

describe("what a live capture needs", () => {
  it("finds tracefs where it is mounted, or where it is told to look", () => {
    expect(tracefsOf(linux, undefined)).toBe("/sys/kernel/tracing");
    expect(tracefsOf({ ...linux, mounts: "" }, "/mnt/t")).toBe("/mnt/t");
    expect(tracefsOf({ ...linux, mounts: "nodev /a\\040b tracefs rw 0 0" }, undefined)).toBe("/a b");
  });

  it.each<[what: string, machine: Partial<Machine>, says: RegExp]>([
    ["another system", { platform: "darwin" }, /this is darwin, and only Linux has ftrace/],
    ["no root", { user: 1000 }, /needs root.*sudo/],
    ["no tracefs", { mounts: "proc /proc proc rw 0 0\n" }, /not mounted.*mount -t tracefs/],
    ["no instances", { exists: (path) => !path.endsWith("instances") }, /no tracefs with instances/],
    ["no events", { exists: (path) => !path.endsWith("mmap_lock") }, /no mmap_lock events/],
  ])("%s: says what is missing", (_, machine, says) => {
    expect(() => tracefsOf({ ...linux, ...machine }, undefined)).toThrow(says);
    expect(() => tracefsOf({ ...linux, ...machine }, undefined)).toThrow(
      expect.objectContaining({ code: "E_CAPTURE_UNAVAILABLE" }),
    );
  });
});

/** A tracefs that writes down what is done to it. `broken`: a file that cannot be written. */
function fakeTracefs(events: readonly string[], broken = ""): { files: TraceFiles; log: string[] } {
  const log: string[] = [];
  const files: TraceFiles = {
    exists: (path) => path.endsWith("tracing_on") || events.some((event) => path.endsWith(`events/${event}/enable`)),
    make: (path) => log.push(`make ${path}`),
    remove: (path) => log.push(`remove ${path}`),
    write: (path, text) => {
      if (broken !== "" && path.endsWith(broken)) throw new Error(`EINVAL: ${path}`);
      log.push(`${path} ${text.trim()}`);
    },
    copy: (from, to) => {
      log.push(`copy ${from} ${to}`);
      return Promise.resolve();
    },
  };
  return { files, log };
}

describe("an instance", () => {
  const options = { bufferKilobytes: 64, clock: "counter" };
  const at = "/t/instances/x";

  it("records one process with the events that there are, and goes when it is told to, once", async () => {
    const { files, log } = fakeTracefs(["mmap_lock", "kmem/kmem_cache_free"]);
    const instance = new TraceInstance("/t", "x", options, files);
    instance.start(42);
    instance.stop();
    await instance.save("/tmp/out");
    instance.remove();
    instance.remove();
    instance.stop();
    expect(log).toEqual([
      `make ${at}`,
      `${at}/tracing_on 0`,
      `${at}/trace_clock counter`,
      `${at}/buffer_size_kb 64`,
      `${at}/options/event-fork 1`,
      `${at}/options/record-tgid 1`,
      `${at}/events/mmap_lock/enable 1`,
      `${at}/events/kmem/kmem_cache_free/filter name == "vm_area_struct" || name == "mm_struct"`,
      `${at}/events/kmem/kmem_cache_free/enable 1`,
      `${at}/set_event_pid 42`,
      `${at}/tracing_on 1`,
      `${at}/tracing_on 0`,
      `copy ${at}/trace /tmp/out`,
      `${at}/tracing_on 0`,
      `remove ${at}`,
    ]);
  });

  it("that cannot be set up is taken away again", () => {
    const { files, log } = fakeTracefs([], "trace_clock");
    expect(() => new TraceInstance("/t", "x", options, files)).toThrow(/cannot be set up: EINVAL/);
    expect(log.at(-1)).toBe(`remove ${at}`);
  });

  it("that cannot be made is not taken away: it is somebody else's", () => {
    const { files, log } = fakeTracefs([]);
    const taken = {
      ...files,
      make: () => {
        throw new Error("EEXIST");
      },
    };
    expect(() => new TraceInstance("/t", "x", options, taken)).toThrow(/no ftrace instance can be made: EEXIST/);
    expect(log).toEqual([]);
  });
});

describe("a traced command", () => {
  it("does nothing before its pid is known", async () => {
    const folder = emptyFolder();
    const mark = join(folder, "mark");
    let pid = 0;
    const ended = await runTraced(["/bin/sh", "-c", `echo $$ > '${mark}'; exit 3`], (known) => {
      pid = known;
      expect(existsSync(mark)).toBe(false);
    });
    expect(ended).toEqual({ code: 3, signal: null, interrupted: undefined });
    expect(Number(readFileSync(mark, "utf8"))).toBe(pid);
  });

  it("is not run when the tracing cannot begin", async () => {
    const mark = join(emptyFolder(), "mark");
    const run = runTraced(["/bin/sh", "-c", `touch '${mark}'`], () => {
      throw new Error("tracing is off");
    });
    await expect(run).rejects.toThrow("tracing is off");
    expect(existsSync(mark)).toBe(false);
  });

  it("that is not there is an error with a code", async () => {
    await expect(runTraced(["/no/such/command"], () => undefined)).rejects.toMatchObject({ code: "E_CAPTURE_COMMAND" });
  });

  it("gets the signals that end the capture", async () => {
    const ended = await runTraced(["/bin/sleep", "60"], () => {
      setTimeout(() => process.kill(process.pid, "SIGHUP"), 200);
    });
    expect(ended).toMatchObject({ signal: "SIGHUP", interrupted: "SIGHUP" });
  });
});

describe("faultline capture", () => {
  it("captures where the machine lets it, leaving no instance behind; else says what is missing", async () => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await faultline(["capture", "--buffer", "1024", "--", "true"], cwd);
    if (code === 2) {
      expect(stderr).toMatch(/E_CAPTURE_UNAVAILABLE: nothing can be captured here: .+ Try: .+/);
      expect(stdout).toBe("");
      return;
    }
    expect(stdout).toMatch(/^captured {2}true: exit code 0$/m);
    expect(stdout).toMatch(/^compared .*locks/m);
    const mounted = /^\S+ (\S+) tracefs /m.exec(readFileSync("/proc/mounts", "utf8"))![1]!;
    expect(readdirSync(join(mounted, "instances")).filter((name) => name.startsWith("faultline."))).toEqual([]);
  });

  it("refuses a folder that is no tracefs", async () => {
    const { code, stderr } = await faultline(["capture", "--tracefs", "/nowhere", "--", "true"], emptyFolder());
    expect(stderr).toMatch(/E_CAPTURE_UNAVAILABLE: /);
    expect(code).toBe(2);
  });
});
