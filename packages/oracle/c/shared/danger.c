#include "oracle.h"
#include <string.h>
#include <sys/mman.h>

/* Around the window nothing is this process's own: that far, in bytes. */
#define AROUND (64ul << 20)
/* A program's own memory begins above that. */
#define LOWEST 0x300000ul
/* Where the stack of a process cannot reach. */
#define ABOVE_STACK 0x7fffffff0000ul
/* Nothing longer is faulted in at once. */
#define LONGEST (8ul << 20)

/* Whether [start, end) meets memory that this process lives on. */
static int meets_own(unsigned long start, unsigned long end)
{
	int below = start < WINDOW - AROUND && end > LOWEST, above = start < ABOVE_STACK && end > WINDOW + AROUND;

	return start < end && (below || above);
}

/* Where the kernel refuses what ends beyond TASK_SIZE, such a range is harmless. */
static int hurts_if_whole(unsigned long start, unsigned long length)
{
	return length <= TASK_END && start <= TASK_END - length && meets_own(start, start + length);
}

/* Where it goes on up to TASK_SIZE, only a range that wraps is. */
static int hurts(unsigned long start, unsigned long length)
{
	return meets_own(start & ~(PAGE - 1), start + length);
}

static int faults_in_much(unsigned long length)
{
	return length > LONGEST && length <= TASK_END;
}

int would_hurt(char *const word[])
{
	const char *op = word[0];

	if (!strcmp(op, "mmap")) {
		int flags = map_flags(word[4]);

		if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) && hurts_if_whole(address(word[1]), number(word[2])))
			return 1;
		return (flags & (MAP_POPULATE | MAP_LOCKED)) && faults_in_much(number(word[2]));
	}
	if (!strcmp(op, "munmap"))
		return hurts_if_whole(address(word[1]), number(word[2]));
	if (!strcmp(op, "mprotect") || !strcmp(op, "madvise") || !strcmp(op, "mlock") || !strcmp(op, "munlock"))
		return hurts(address(word[1]), number(word[2]));
	if (!strcmp(op, "mremap")) {
		if (hurts_if_whole(address(word[1]), number(word[2])) || faults_in_much(number(word[3])))
			return 1;
		return (number(word[4]) & MREMAP_FIXED) && hurts_if_whole(address(word[5]), number(word[3]));
	}
	return 0;
}
