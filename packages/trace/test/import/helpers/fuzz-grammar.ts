/** A small generator of numbers: the same seed gives the same inputs everywhere. Marsaglia's xorshift, 32 bits. */
export class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** From 0 to `below` - 1. */
  next(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.next(from.length)]!;
  }
}

const PAGE = 4096;
const WINDOW = 0x1000_0000_0000;
const BIG = [
  "0",
  "0x0",
  "-1",
  "0xffffffffffffffff",
  "0x7fffffffffffffff",
  "9007199254740993",
  "0x1fffffffffffff",
  "zz",
  "",
];

/** Lines as the kernel, trace-cmd and strace write them, in no order that makes sense, some with a field gone wrong. */
export class FuzzGrammar {
  readonly #n: Numbers;
  #time = 1_000_000;

  constructor(numbers: Numbers) {
    this.#n = numbers;
  }

  /** An input of up to `most` lines: made up, or a real one, cut and stirred. */
  input(most: number, real: readonly (readonly string[])[]): string[] {
    const n = this.#n;
    if (n.next(12) === 0) return Array.from({ length: 1 + n.next(most) }, () => this.#strace());
    const start = n.pick(real);
    const from = n.next(start.length);
    const lines =
      n.next(2) === 0
        ? start.slice(from, from + n.next(most))
        : Array.from({ length: 1 + n.next(most) }, () => this.#ftrace());
    for (let edits = n.next(8); edits > 0 && lines.length > 0; edits--) this.#edit(lines);
    return lines;
  }

  #edit(lines: string[]): void {
    const n = this.#n;
    const [i, j] = [n.next(lines.length), n.next(lines.length)];
    const line = lines[i]!;
    switch (n.next(9)) {
      case 0:
        lines.splice(i, 1);
        return;
      case 1:
        lines.splice(i, 0, lines[j]!);
        return;
      case 2:
        [lines[i], lines[j]] = [lines[j]!, line];
        return;
      case 3:
        lines[i] = line.slice(0, n.next(line.length + 1));
        return;
      case 4:
        lines[i] = line.replace(/=[^ ]*/, `=${n.pick(BIG)}`);
        return;
      case 5:
        lines[i] = line.slice(0, j) + String.fromCharCode(n.next(0x300)) + line.slice(j);
        return;
      case 6:
        lines[i] = line.replace(/ +\S+/, "");
        return;
      case 7:
        lines.splice(i, 0, this.#ftrace());
        return;
      default:
        lines.splice(i, 0, n.pick(["CPU:1 [LOST 7 EVENTS]", "##### CPU 1 buffer started ####", "", "# tracer: nop"]));
    }
  }

  #ftrace(): string {
    const n = this.#n;
    this.#time += n.next(3);
    const pid = 10 + n.next(5);
    const comm = n.pick(["mmw-0", "<...>", "a: b-1", "kworker/0:1-2", "x"]);
    const group = n.pick(["", " (     10)", " (-------)"]);
    const clock = n.next(2) === 0 ? `${Math.floor(this.#time / 1e6)}.${String(this.#time % 1e6).padStart(6, "0")}` : "";
    return `${comm}-${pid}${group} [00${n.next(2)}] d..1. ${clock === "" ? this.#time : clock}: ${this.#event(pid)}`;
  }

  #event(pid: number): string {
    const n = this.#n;
    const mm = `mm=00000000aa00bb1${n.next(2)} memcg_id=1`;
    const write = `write=${n.next(2) === 0}`;
    const from = WINDOW + n.next(16) * PAGE;
    const length = (1 + n.next(6)) * PAGE;
    const vma = `00000000cc00dd${n.next(8)}0`;
    const events = [
      `mmap_lock_start_locking: ${mm} ${write}`,
      `mmap_lock_acquire_returned: ${mm} ${write} success=${n.next(5) > 0}`,
      `mmap_lock_released: ${mm} ${write}`,
      `page_fault_user: address=${hex(from + n.next(PAGE))} ip=0x1 error_code=0x${n.pick(["4", "6", "7", "14"])}`,
      `ma_write: mas_store_prealloc\tNode 00 (0 1) range:${from}-${from + length - 1} piv (0) val ${n.next(4) === 0 ? "00000000" : vma}`,
      `kmem_cache_free: call_site=x ptr=${vma} name=vm_area_struct`,
      `rss_stat: mm_id=1 curr=${n.next(2)} type=MM_${n.pick(["ANON", "FILE", "SHMEM"])}PAGES size=${n.next(64) * PAGE}B`,
      `sys_mmap(addr: ${hex(from)}, len: ${hex(length)}, prot: ${n.next(8)}, flags: ${n.pick(["0x32", "0x11", "0x12", "0x100022", "0x22"])}, fd: ${n.pick(["0xffffffff", "3"])}, off: 0)`,
      `sys_mmap -> ${hex(from)}`,
      `sys_munmap(addr: ${hex(from)}, len: ${hex(length)})`,
      `sys_munmap -> 0x0`,
      `sys_mprotect(start: ${hex(from)}, len: ${hex(length)}, prot: ${n.next(8)})`,
      `sys_mprotect -> ${n.pick(["0x0", "0xfffffffffffffff4"])}`,
      `sys_madvise(start: ${hex(from)}, len_in: ${hex(length)}, behavior: ${n.pick(["4", "0x15", "9"])})`,
      `sys_madvise -> 0x0`,
      `sys_mremap(addr: ${hex(from)}, old_len: ${hex(length)}, new_len: ${hex(length)}, flags: ${n.next(8)}, new_addr: ${hex(from + length * n.next(4))})`,
      `sys_mremap -> ${hex(from)}`,
      `signal_deliver: sig=${n.pick(["7", "11", "9"])} errno=0 code=${n.next(3)} sa_handler=1 sa_flags=0`,
      `task_newtask: pid=${10 + n.next(6)} comm=x clone_flags=${n.pick(["3d0f00", "1200011"])} oom_score_adj=0`,
      `sched_process_exit: comm=x pid=${n.next(3) === 0 ? pid : 11} prio=120`,
      `sched_process_exec: filename=/bin/x pid=${pid} old_pid=${pid}`,
      `exit_mmap: mt_mod 00000000aa00bb1${n.next(2)}, DESTROY`,
      `tracing_mark_write: PHASE ${n.next(3)} END-DUMP x`,
    ];
    return n.pick(events);
  }

  #strace(): string {
    const n = this.#n;
    const from = hex(WINDOW + n.next(16) * PAGE);
    const length = (1 + n.next(6)) * PAGE;
    const head = `${10 + n.next(3)} 1795384591.74${1000 + n.next(9000)} `;
    const calls = [
      `mmap(${from}, ${length}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = ${from}`,
      `mmap(NULL, ${length}, PROT_READ, MAP_SHARED, 3, 0) = ${from}`,
      `munmap(${from}, ${length}) = 0`,
      `mprotect(${from}, ${length}, PROT_NONE) = -1 ENOMEM (Cannot allocate memory)`,
      `madvise(${from}, ${length}, MADV_DONTNEED <unfinished ...>`,
      `<... madvise resumed>) = 0`,
      `mremap(${from}, ${length}, ${length * 2}, MREMAP_MAYMOVE) = ${from}`,
      `--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=${from}} ---`,
      `clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = ${11 + n.next(4)}`,
      `execve("/bin/x", ["x"], 0x7ff /* 3 vars */) = 0`,
      `+++ exited with 0 +++`,
    ];
    const line = head + n.pick(calls);
    return n.next(6) === 0 ? line.slice(0, n.next(line.length)) : line;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
