import { type Descriptor, FILE_NAMES, type Operation, type OperationBody, WINDOW_START } from "./operation.ts";
import { OperationError } from "./operation-error.ts";

const PROT_LETTERS: Readonly<Record<string, bigint>> = { r: 1n, w: 2n, x: 4n, "-": 0n };
const FLAG_LETTERS: Readonly<Record<string, bigint>> = {
  S: 0x1n, // MAP_SHARED
  P: 0x2n, // MAP_PRIVATE
  V: 0x3n, // MAP_SHARED_VALIDATE
  F: 0x10n, // MAP_FIXED
  A: 0x20n, // MAP_ANONYMOUS
  G: 0x100n, // MAP_GROWSDOWN
  L: 0x2000n, // MAP_LOCKED
  R: 0x4000n, // MAP_NORESERVE
  Z: 0x8000n, // MAP_POPULATE
  N: 0x10_0000n, // MAP_FIXED_NOREPLACE
};
const LAST = (1n << 64n) - 1n;
/** Longest line that is looked at, in characters. */
const LONGEST = 511;

/**
 * The operations of a list, one per line. Numbers are decimal or hexadecimal (`0x`), addresses offsets into the window,
 * absolute after `=`, below the window after `-`; what stands after `#` is a comment. Numbers beyond 64 bits are the
 * largest there is, as strtoul(3) has it.
 * @throws OperationError for the first line that is no operation
 */
export function parseOperations(text: string): readonly Operation[] {
  return text.split("\n").flatMap((line, index) => {
    const body = line.split("#", 1)[0]!.trimEnd();
    return body.trim() === "" ? [] : [parseOperation(body, index + 1)];
  });
}

/** One line without comment. @throws OperationError */
export function parseOperation(text: string, line: number): Operation {
  if (text.length > LONGEST) throw new OperationError(line, text.slice(0, 60), `longer than ${LONGEST} characters`);
  const words = new Words(text, line);
  const body = operationBody(words);
  words.end();
  return { ...body, line, text };
}

function operationBody(words: Words): OperationBody {
  const op = words.next("an operation");
  switch (op) {
    case "mmap":
      return {
        op,
        address: words.address(),
        length: words.number("a length"),
        prot: words.letters("a protection", PROT_LETTERS),
        flags: words.letters("flags", FLAG_LETTERS),
        fd: words.descriptor(),
        offset: words.number("an offset"),
      };
    case "munmap":
    case "mlock":
    case "munlock":
      return { op, address: words.address(), length: words.number("a length") };
    case "mprotect":
      return {
        op,
        address: words.address(),
        length: words.number("a length"),
        prot: words.letters("a protection", PROT_LETTERS),
      };
    case "madvise":
      return {
        op,
        address: words.address(),
        length: words.number("a length"),
        advice: words.number("a number of an advice"),
      };
    case "mremap":
      return {
        op,
        address: words.address(),
        oldLength: words.number("the old length"),
        newLength: words.number("the new length"),
        flags: words.number("flags"),
        newAddress: words.address(),
      };
    case "r":
    case "w":
      return { op, address: words.address() };
    case "fork":
      return { op, ...words.childTouch() };
    case "trunc":
      return { op, fd: words.descriptor(), length: words.number("a length") };
    case "forkcont":
    case "reset":
      return { op };
    default:
      return words.fail(
        `"${op}" is not one of mmap, munmap, mprotect, madvise, mremap, mlock, munlock, r, w, fork, forkcont, trunc, reset`,
      );
  }
}

/** The words of one line, taken from left to right. */
class Words {
  readonly #words: readonly string[];
  readonly #text: string;
  readonly #line: number;
  #at = 0;

  constructor(text: string, line: number) {
    this.#words = text.trim().split(/[ \t]+/u);
    this.#text = text;
    this.#line = line;
  }

  fail(reason: string): never {
    throw new OperationError(this.#line, this.#text, reason);
  }

  next(what: string): string {
    return this.#words[this.#at++] ?? this.fail(`${what} is missing`);
  }

  end(): void {
    const more = this.#words[this.#at];
    if (more !== undefined) this.fail(`"${more}" is one word too many`);
  }

  number(what: string): bigint {
    return this.#parse(this.next(what), what);
  }

  address(): bigint {
    const word = this.next("an address");
    if (word.startsWith("=")) return this.#parse(word.slice(1), "an address");
    if (word.startsWith("-"))
      return BigInt.asUintN(64, BigInt(WINDOW_START) - this.#parse(word.slice(1), "an address"));
    return BigInt.asUintN(64, BigInt(WINDOW_START) + this.#parse(word, "an address"));
  }

  letters(what: string, known: Readonly<Record<string, bigint>>): bigint {
    const word = this.next(what);
    if (/^[0-9]/u.test(word)) return this.#parse(word, what);
    let all = 0n;
    for (const letter of word) {
      const bit = known[letter] ?? this.fail(`${what}: "${letter}" is not one of ${Object.keys(known).join("")}`);
      all |= bit;
    }
    return all;
  }

  descriptor(): Descriptor {
    const word = this.next("a file");
    const name = FILE_NAMES.find((one) => one === word);
    if (name !== undefined) return name;
    if (word === "-1" || word === "-") return -1;
    if (/^[0-9]{1,9}$/u.test(word)) return Number(word);
    return this.fail(`"${word}" is not one of ${FILE_NAMES.join(", ")}, -1 or a number`);
  }

  childTouch(): { readonly touch: "none" | "r" | "w"; readonly address: bigint } {
    const touch = this.#words[this.#at] === undefined ? "none" : this.next("what the child does");
    if (touch !== "none" && touch !== "r" && touch !== "w") this.fail(`"${touch}" is not one of none, r, w`);
    const address = this.#words[this.#at] === undefined ? BigInt(WINDOW_START) : this.address();
    return { touch, address };
  }

  #parse(word: string, what: string): bigint {
    if (!/^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/u.test(word)) this.fail(`${what}: "${word}" is no number`);
    const value = /^0[0-7]+$/u.test(word) ? BigInt(`0o${word.slice(1)}`) : BigInt(word);
    return value > LAST ? LAST : value;
  }
}
