#include "oracle.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TMPFS_MAGIC 0x01021994

/* m0, m1, f0, f1, f2 */
static int fds[5];
static struct stat stats[3];

static int fill(int fd)
{
	for (unsigned long page = 0; page < FILE_PAGES; page++)
		if (pwrite(fd, "F", 1, page * PAGE) != 1)
			return -1;
	return 0;
}

int open_files(void)
{
	char name[] = "/tmp/faultline-oracle.XXXXXX";

	for (int i = 0; i < 2; i++)
		if ((fds[i] = memfd_create("faultline-oracle", 0)) < 0)
			return -1;
	if ((fds[2] = mkstemp(name)) < 0)
		return -1;
	fds[3] = open(name, O_RDONLY);
	fds[4] = open(name, O_WRONLY);
	unlink(name);
	for (int i = 0; i < 3; i++)
		if (ftruncate(fds[i], FILE_PAGES * PAGE) || fstat(fds[i], &stats[i]))
			return -1;
	return fds[3] < 0 || fds[4] < 0 ? -1 : fill(fds[2]);
}

int descriptor(const char *word)
{
	if (word[0] == 'm')
		return fds[word[1] - '0'];
	if (word[0] == 'f')
		return fds[2 + word[1] - '0'];
	/* Numbers of lists name what nobody has opened: -1, or far beyond what is open here. */
	return word[0] == '-' ? -1 : 1000 + atoi(word);
}

void refill_files(void)
{
	for (int i = 0; i < 3; i++)
		if (ftruncate(fds[i], 0) || ftruncate(fds[i], FILE_PAGES * PAGE))
			_exit(3);
	if (fill(fds[2]))
		_exit(3);
}

const char *file_name(uint64_t dev, uint64_t inode)
{
	static const char *const names[] = { "m0", "m1", "f" };

	if (!inode)
		return "-";
	for (int i = 0; i < 3; i++)
		if (inode == stats[i].st_ino && dev == stats[i].st_dev)
			return names[i];
	return "?";
}

int disk_is_tmpfs(void)
{
	struct statfs fs;

	return !fstatfs(fds[2], &fs) && fs.f_type == TMPFS_MAGIC;
}
