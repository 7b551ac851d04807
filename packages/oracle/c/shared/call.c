#include "oracle.h"
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

long call(char *const word[])
{
	const char *op = word[0];

	if (!strcmp(op, "mmap"))
		return syscall(SYS_mmap, address(word[1]), number(word[2]), protection(word[3]), map_flags(word[4]),
			       descriptor(word[5]), number(word[6]));
	if (!strcmp(op, "munmap"))
		return syscall(SYS_munmap, address(word[1]), number(word[2]));
	if (!strcmp(op, "mprotect"))
		return syscall(SYS_mprotect, address(word[1]), number(word[2]), protection(word[3]));
	if (!strcmp(op, "madvise"))
		return syscall(SYS_madvise, address(word[1]), number(word[2]), number(word[3]));
	if (!strcmp(op, "mremap"))
		return syscall(SYS_mremap, address(word[1]), number(word[2]), number(word[3]), number(word[4]),
			       address(word[5]));
	if (!strcmp(op, "mlock"))
		return syscall(SYS_mlock, address(word[1]), number(word[2]));
	if (!strcmp(op, "munlock"))
		return syscall(SYS_munlock, address(word[1]), number(word[2]));
	if (!strcmp(op, "trunc"))
		return ftruncate(descriptor(word[1]), number(word[2]));
	errno = ENOSYS;
	return -1;
}
