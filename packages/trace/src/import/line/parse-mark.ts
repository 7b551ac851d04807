import { number } from "./fields.ts";
import type { TraceEvent } from "./trace-event.ts";

const PAGES = /^PAGES (\S+) pid=(\d+) base=(0x[\da-f]+) n=(\d+) present=(0x[\da-f]+)$/;
const MAPS = /^MAPS (\S+) (\d+) ([\da-f]+)-([\da-f]+) ([r-][w-][x-][ps]) /;

/**
 * What a program under test wrote into trace_marker: ground truth about itself, the phase that begins, or a remark.
 * A truth that cannot be read is not taken for a remark.
 */
export function parseMark(text: string): TraceEvent | undefined {
  if (text.startsWith("PAGES ")) return parsePages(text);
  if (text.startsWith("MAPS ")) return parseMaps(text);
  const phase = /^PHASE (.*?)\s*$/.exec(text)?.[1];
  return phase === undefined ? { kind: "mark" } : { kind: "phase", name: phase };
}

function parsePages(text: string): TraceEvent | undefined {
  const match = PAGES.exec(text);
  if (match === null) return undefined;
  const [, label, pidText, baseText, countText, bits] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [pid, base, count] = [number(pidText), number(baseText), number(countText)];
  if (pid === undefined || base === undefined || count === undefined || count > 4096) return undefined;
  if (bits.length > 2 + Math.ceil(count / 4)) return undefined;
  return { kind: "pages", label, pages: { pid, base, count, present: BigInt(bits) } };
}

function parseMaps(text: string): TraceEvent | undefined {
  const match = MAPS.exec(text);
  if (match === null) return undefined;
  const [, label, pidText, from, to, permissions] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [pid, start, end] = [number(pidText), number(`0x${from}`), number(`0x${to}`)];
  if (pid === undefined || start === undefined || end === undefined) return undefined;
  return { kind: "maps", label, area: { pid, start, end, permissions } };
}
