/** What a task has to do with the lock, really: see the checker in rwsem-history.ts. */
type Part = "out" | "idle" | "asks" | "queues" | "failed" | "reads" | "writes";

interface Task {
  readonly name: string;
  part: Part;
  /** Mode of the acquisition, or of what is held by what the lines say. */
  write: boolean;
  /** Whether it only tries. */
  tries: boolean;
  /** Whether the line that tells of the outcome is written. */
  told: boolean;
  /** What it has announced. */
  leaves: "release" | "downgrade" | undefined;
}

/** Something that can happen next: a line is written, or something is done between lines. */
type Action = () => string | undefined;

/**
 * A history that the kernel can write of one lock, in the words of lock-lines.ts: of what can happen next each number
 * chooses one. All tasks have shown that they hold nothing before it begins.
 */
export function historyOf(tasks: number, numbers: readonly number[]): string[] {
  const all = Array.from({ length: tasks }, (_, i): Task => {
    const name = String.fromCharCode("A".charCodeAt(0) + i);
    return { name, part: "out", write: false, tries: false, told: false, leaves: undefined };
  });
  const lines = all.map(({ name }) => `${name} is out`);
  for (const number of numbers) {
    const open = all.flatMap((task) => [...actions(task, all)]);
    const line = open[number % open.length]!();
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

function* actions(task: Task, all: readonly Task[]): Generator<Action> {
  const { name, part, write, tries, told } = task;
  const mode = write ? "W" : "R";
  const becomes = (change: Partial<Task>, line?: string): Action => {
    return () => {
      Object.assign(task, change);
      return line;
    };
  };
  if (task.leaves !== undefined) {
    yield becomes(
      task.leaves === "release" ? { part: "idle", leaves: undefined } : { part: "reads", leaves: undefined },
    );
    return;
  }
  switch (part) {
    case "idle":
    case "out":
      if (part === "idle") yield becomes({ part: "out" }, `${name} is out`);
      for (const asks of [false, true]) {
        for (const trying of [false, true]) {
          const line = `${name} starts ${asks ? "W" : "R"}`;
          yield becomes({ part: "asks", write: asks, tries: trying, told: false }, line);
        }
      }
      return;
    case "asks":
    case "queues": {
      const others = all.filter((other) => other !== task).map((other) => other.part);
      const readers = others.filter((other) => other === "reads").length;
      const writer = others.includes("writes");
      const queue = others.includes("queues");
      const free = !writer && readers === 0;
      if (write ? free : !writer && (!queue || readers === 0)) yield becomes({ part: write ? "writes" : "reads" });
      if (part === "asks" && !tries && write && (!free || queue)) yield becomes({ part: "queues" });
      if (part === "asks" && tries && (writer || queue || (write && !free))) yield becomes({ part: "failed" });
      return;
    }
    case "failed":
      yield becomes({ part: "idle" }, `${name} fails ${mode}`);
      return;
    case "reads":
    case "writes":
      if (!told) {
        yield becomes({ told: true }, `${name} gets ${mode}`);
        return;
      }
      yield becomes({ leaves: "release" }, `${name} leaves ${mode}`);
      if (write) yield becomes({ leaves: "downgrade", write: false }, `${name} downgrades`);
  }
}
