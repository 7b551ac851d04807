import { kernelMachine, Snapshot } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTrace, importFtraceLines, MemorySink, Recorder, replay } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";

const captures = (["binder-6.1", "binder-6.12"] as const).map((name) => ({
  lines: capture(name),
  profile: name.replace("binder", "linux"),
}));

test("a capture may begin and end anywhere: what came before is adopted", () => {
  for (const { lines, profile } of captures) {
    for (let cut = 17; cut < lines.length; cut += 173) {
      const divergences = [lines.slice(cut), lines.slice(0, cut), lines.slice(cut, cut + 400)].flatMap(
        (part) => importFtraceLines(part, { profile }).divergences,
      );
      expect(divergences, `${profile} cut before line ${cut + 1}`).toEqual([]);
    }
  }
});

test("after a mark of lost events nothing is taken for granted", () => {
  for (const { lines, profile } of captures) {
    for (const at of [300, 720, 1200]) {
      const torn = lines.toSpliced(at, 40, "CPU:1 [LOST 40 EVENTS]");
      const result = importFtraceLines(torn, { profile });
      expect(result.lost).toBe(1);
      expect(result.divergences).toEqual([]);
    }
  }
});

type Edit = readonly [how: number, at: number, other: number];

/** Deletes, repeats, swaps or reassigns lines, or changes their numbers. */
function edit(lines: string[], [how, at, other]: Edit): void {
  const i = at % lines.length;
  const j = other % lines.length;
  if (how === 0) lines.splice(i, 1);
  else if (how === 1) lines.splice(i, 0, lines[j]!);
  else if (how === 2) [lines[i], lines[j]] = [lines[j]!, lines[i]!];
  else if (how === 3) lines[i] = lines[i]!.replace(/-\d+ /, `-${157 + (other % 8)} `);
  else if (how === 4) lines[i] = lines[i]!.replace(/\d+$/, String(other));
  else lines.splice(i, 0, "CPU:0 [LOST 3 EVENTS]");
}

const number = fc.nat({ max: 1_000_000 });

test("whatever is done to a capture, the import ends, and what it recorded replays", () => {
  const edits = fc.array(fc.tuple(fc.nat({ max: 5 }), number, number), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(fc.constantFrom(...captures), edits, ({ lines, profile }, changes) => {
      const changed = [...lines];
      for (const change of changes) edit(changed, change);
      let sink = new MemorySink();
      let recorder = new Recorder(sink, { producer: "test", meta: {} }, Snapshot.empty);
      const result = importFtraceLines(changed, {
        profile,
        onStart: (initial) => {
          sink = new MemorySink();
          recorder = new Recorder(sink, { producer: "test", meta: {} }, initial);
        },
        onEvent: (event, transition) => {
          recorder.record(event, transition);
        },
      });
      recorder.finish();
      // One wrong line must not become a hundred divergences.
      expect(result.divergenceCount).toBeLessThan(20 * changes.length + 20);
      expect(replay(decodeTrace(sink.bytes()), kernelMachine).verdict).toBe("verified");
    }),
    { numRuns: 40 },
  );
});
