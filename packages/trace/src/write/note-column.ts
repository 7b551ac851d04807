import type { Value } from "@faultline/mm";
import { ByteColumn } from "../format/byte-column.ts";
import { packable } from "../format/plain-value.ts";
import { Interner } from "./interner.ts";

const NONE = 1;

/** The notes of a block: mostly all events of a step have the same one, or none. */
export class NoteColumn {
  #values = new Interner();
  #fresh: unknown[] = [];
  /** For each step, the code of the note that its last event had. */
  readonly #usual = new Map<string, number>();
  readonly #codes = new ByteColumn();
  #length = 0;

  /** @param index of the event in the block */
  push(index: number, op: string, note: Value | undefined): void {
    if (note === undefined && this.#fresh.length === 0) return;
    for (; this.#length < index; this.#length++) this.#codes.push(0);
    const code = note === undefined ? NONE : this.#codeOf(note);
    this.#codes.push(code === (this.#usual.get(op) ?? NONE) ? 0 : code);
    this.#usual.set(op, code);
    this.#length++;
  }

  /** The notes of the block, each once, and the column, if there are any; begins anew. */
  take(): { readonly values: readonly unknown[]; readonly column: Uint8Array | undefined } {
    const column = this.#fresh.length === 0 ? undefined : this.#codes.take();
    const taken = { values: this.#fresh, column };
    this.#values = new Interner();
    this.#fresh = [];
    this.#usual.clear();
    this.#length = 0;
    return taken;
  }

  #codeOf(note: Value): number {
    const known = this.#values.find([note]);
    if (known !== undefined) return known + 2;
    this.#fresh.push(packable(note));
    return this.#values.add([note]) + 2;
  }
}
