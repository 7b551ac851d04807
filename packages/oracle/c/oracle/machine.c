#include "oracle.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

static int cpu_flag(const char *name)
{
	static char line[1 << 14];
	FILE *info = fopen("/proc/cpuinfo", "r");
	int found = 0;

	while (info && !found && fgets(line, sizeof line, info)) {
		if (strncmp(line, "flags", 5))
			continue;
		for (char *word = strtok(line, " \t\n"); word; word = strtok(NULL, " \t\n"))
			found |= !strcmp(word, name);
	}
	if (info)
		fclose(info);
	return found;
}

static unsigned long setting(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long value = 0;

	if (!file || fscanf(file, "%lu", &value) != 1)
		value = PAGE;
	if (file)
		fclose(file);
	return value;
}

/* Whether there is memory beyond 47 bits: a hint up there is followed. */
static int five_levels(void)
{
	void *hint = (void *)0x100000000000000ul, *at = mmap(hint, PAGE, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(at, PAGE);
	return (uintptr_t)at >= TASK_END;
}

/* Whether pagemap shows page frames, as it does to root alone: the zero page is told by its frame. */
static int sees_frames(void)
{
	return geteuid() == 0;
}

void tell_machine(void)
{
	struct utsname name;

	uname(&name);
	say("{\"release\":\"%s\",\"arch\":\"%s\",\"softDirty\":%s,\"pku\":%s,\"mmapMinAddr\":%lu,\"diskIsTmpfs\":%s,"
	    "\"fiveLevels\":%s,\"seesFrames\":%s}\n",
	    name.release, name.machine, soft_dirty() ? "true" : "false", cpu_flag("ospke") ? "true" : "false",
	    setting("/proc/sys/vm/mmap_min_addr"), disk_is_tmpfs() ? "true" : "false", five_levels() ? "true" : "false",
	    sees_frames() ? "true" : "false");
}
