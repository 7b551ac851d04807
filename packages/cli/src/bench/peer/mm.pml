/*
 * The scaling protocol for SPIN: one munmap, one shrinker and N faulters over P pages of one VMA. bench/scaling.scenario.ts
 * is the same protocol in Faultline's own steps; docs/bench.md lists where the two differ.
 *
 *   -DN=2          faulters
 *   -DP=1          pages; faulter i faults on page i modulo P
 *   -DVMALOCK=0    1: faulters try the VMA's own lock before they fall back on the mmap lock
 *   -DDOWNGRADE=1  0: munmap keeps the mmap lock for writing to its end
 *   -DBUG=0        1: munmap does not wait for readers of the VMA lock
 *                  2: the shrinker zaps by a VMA that it looked up before it had the lock
 *
 * How many statements there are, and which are atomic, decides how many states SPIN stores: the counts that are
 * published for this model are held by packages/cli/test/spin.test.ts.
 */
#ifndef N
#define N 2
#endif
#ifndef P
#define P 1
#endif
#ifndef VMALOCK
#define VMALOCK 0
#endif
#ifndef DOWNGRADE
#define DOWNGRADE 1
#endif
#ifndef BUG
#define BUG 0
#endif

/* The mmap lock: a plain rwsem, without a queue. */
byte mmap_readers = 0;
bool mmap_writer = 0;

/* The VMA: its lock, whether it is in the tree, and whether its memory is freed. */
byte vma_readers = 0;
bool vma_locked = 0;
bool vma_detached = 0;
bool vma_freed = 0;
bool vma_in_tree = 1;

/* Users of the address space: munmap and the faulters each have one from the start. */
byte mm_users = 1 + N;

/* The pages: what is mapped, what the shrinker may take, what is allocated; and the lock of each page's table. */
bool lru_lock = 0;
bool pte[P];
bool on_lru[P];
bool allocated[P];
byte ptl[P];
bool tables_freed = 0;

inline mmap_read_lock()    { atomic { !mmap_writer -> mmap_readers++ } }
inline mmap_read_unlock()  { atomic { assert(mmap_readers > 0); mmap_readers-- } }
inline mmap_write_lock()   { atomic { (!mmap_writer && mmap_readers == 0) -> mmap_writer = 1 } }
inline mmap_write_unlock() { atomic { assert(mmap_writer); mmap_writer = 0 } }
inline mmap_downgrade()    { atomic { assert(mmap_writer && mmap_readers == 0); mmap_writer = 0; mmap_readers = 1 } }
inline lru_take()          { atomic { !lru_lock -> lru_lock = 1 } }
inline lru_drop()          { lru_lock = 0 }
inline ptl_take(i)         { atomic { ptl[i] == 0 -> ptl[i] = 1 } }
inline ptl_drop(i)         { ptl[i] = 0 }

/* Maps the page and puts it where the shrinker finds it, unless it is there already. */
inline install(i) {
  ptl_take(i);
  assert(!tables_freed);
  if
  :: pte[i] == 0 ->
     allocated[i] = 1;
     pte[i] = 1;
     ptl_drop(i);
     lru_take();
     on_lru[i] = 1;
     lru_drop()
  :: else -> ptl_drop(i)
  fi
}

proctype munmap() {
  byte i;
  bool downgrade = DOWNGRADE;
  mmap_write_lock();
#if BUG != 1
  vma_locked = 1;
  (vma_readers == 0);
#endif
  vma_in_tree = 0;
  vma_detached = 1;
  if
  :: downgrade -> mmap_downgrade()
  :: else -> skip
  fi;
  i = 0;
  do
  :: i < P ->
     ptl_take(i);
     pte[i] = 0;
     ptl_drop(i);
     i++
  :: else -> break
  od;
  tables_freed = 1;
  if
  :: downgrade -> mmap_read_unlock()
  :: else -> mmap_write_unlock()
  fi;
  vma_freed = 1;
  mm_users--
}

proctype shrinker() {
  byte i;
  bool found;
  i = 0;
  do
  :: i < P ->
     if
     :: atomic { mm_users > 0 -> mm_users++ }
     :: atomic { mm_users == 0 -> i++ }; goto next
     fi;
     if
     :: atomic { !mmap_writer -> mmap_readers++ }
     :: atomic { mmap_writer -> skip }; mm_users--; i++; goto next
     fi;
     lru_take();
     if
     :: on_lru[i] ->
        on_lru[i] = 0;
        lru_drop();
#if BUG == 2
        found = 1;
#else
        found = vma_in_tree;
#endif
        if
        :: found ->
           assert(!vma_freed);
           ptl_take(i);
           assert(!tables_freed);
           pte[i] = 0;
           ptl_drop(i)
        :: else -> skip
        fi;
        allocated[i] = 0
     :: else -> lru_drop()
     fi;
     mmap_read_unlock();
     mm_users--;
     i++;
next: skip
  :: else -> break
  od
}

proctype faulter(byte id) {
  byte page;
  bool found;
  page = id % P;
#if VMALOCK
  if
  :: atomic { vma_in_tree && !vma_locked -> vma_readers++ };
     assert(!vma_freed);
     goto under_vma_lock
  :: atomic { !(vma_in_tree && !vma_locked) -> skip }
  fi;
#endif
  mmap_read_lock();
  found = vma_in_tree;
  if
  :: found ->
     assert(!vma_freed);
     install(page)
  :: else -> skip
  fi;
  mmap_read_unlock();
  goto out;
#if VMALOCK
under_vma_lock:
  install(page);
  atomic { assert(vma_readers > 0); vma_readers-- };
#endif
out:
  mm_users--
}

init {
  byte i;
  atomic {
    i = 0;
    do
    :: i < P -> pte[i] = 1; on_lru[i] = 1; allocated[i] = 1; i++
    :: else -> break
    od;
    run munmap();
    run shrinker();
    i = 0;
    do
    :: i < N -> run faulter(i); i++
    :: else -> break
    od
  }
  (_nr_pr == 1);
  assert(mm_users == 0);
  assert(mmap_readers == 0 && !mmap_writer && !lru_lock)
}
