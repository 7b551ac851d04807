import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Unavailable } from "./unavailable.ts";

const SOURCES = fileURLToPath(new URL("../../c", import.meta.url));
/** Compilers by name, the first that is there is taken. */
const COMPILERS = ["cc", "gcc", "clang"];

/** The programs that there are: each is a folder of C files. */
export type KernelProgram = "oracle" | "pairs";

/**
 * The path of a program that asks the running kernel, built by the machine's compiler on first use into a folder for
 * temporary files. Whoever changes the sources gets another program.
 * @throws Unavailable without Linux on x86-64, without a compiler
 */
export function buildProgram(program: KernelProgram): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Unavailable(`the programs are for Linux on x86-64; this is ${process.platform} on ${process.arch}`);
  }
  const folder = join(SOURCES, program);
  const shared = join(SOURCES, "shared");
  const files = [...filesIn(folder), ...filesIn(shared)];
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(file));
  const target = join(tmpdir(), `faultline-${program}-${process.getuid?.() ?? 0}-${hash.digest("hex").slice(0, 16)}`);
  const path = join(target, program);
  if (!existsSync(path)) compile(files, shared, target, program);
  return path;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** Compiles beside the target, then renames: who comes at the same time finds a whole program or none. */
function compile(files: readonly string[], include: string, target: string, program: KernelProgram): void {
  const compiler = COMPILERS.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (compiler === undefined) {
    throw new Unavailable(`a C compiler is needed, and none of ${COMPILERS.join(", ")} runs here`);
  }
  mkdirSync(tmpdir(), { recursive: true });
  const folder = mkdtempSync(`${target}.`);
  try {
    const sources = files.filter((file) => file.endsWith(".c"));
    const flags = ["-O2", "-std=gnu11", "-pthread", "-I", include, "-o", join(folder, program)];
    // Linked statically the process has little memory of its own; where that is not possible it has more.
    const built = [["-static"], []].some(
      (linking) => spawnSync(compiler, [...flags, ...linking, ...sources]).status === 0,
    );
    if (!built) {
      const { stderr } = spawnSync(compiler, [...flags, ...sources], { encoding: "utf8" });
      throw new Unavailable(`${compiler} cannot build the program: ${stderr.split("\n").slice(0, 3).join(" ")}`);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(join(target, program))) throw error;
  }
}
