#include "oracle.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* /proc/PID/pagemap: Documentation/admin-guide/mm/pagemap.rst */
#define PRESENT (1ull << 63)
#define SWAPPED (1ull << 62)
#define FILE_OR_SHARED (1ull << 61)
#define GUARD (1ull << 58)
#define EXCLUSIVE (1ull << 56)
#define PFN ((1ull << 55) - 1)

static int smaps = -1, pagemap = -1;
static uint64_t zero_pfn;

void open_views(void)
{
	if (smaps >= 0)
		close(smaps);
	if (pagemap >= 0)
		close(pagemap);
	smaps = open("/proc/self/smaps", O_RDONLY);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (smaps < 0 || pagemap < 0)
		_exit(3);
	if (!zero_pfn) {
		uint64_t entry = 0;
		volatile char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		(void)*page;
		if (pread(pagemap, &entry, sizeof entry, (uintptr_t)page / PAGE * sizeof entry) == sizeof entry)
			zero_pfn = entry & PFN;
		munmap((void *)page, PAGE);
	}
}

/* Calls `each` with every VMA that meets the window, its flags last, until the list is past it. */
static void each_vma(void (*each)(unsigned long, unsigned long, const char *, unsigned long, const char *, const char *))
{
	static char text[1 << 18];
	unsigned long start = 0, end = 0, offset = 0, inode = 0, window_end = WINDOW + window_pages * PAGE;
	unsigned major = 0, minor = 0;
	char rights[8] = "";
	char *line = text, *newline;
	size_t filled = 0;
	ssize_t count;
	int inside = 0;

	lseek(smaps, 0, SEEK_SET);
	while ((count = read(smaps, text + filled, sizeof text - 1 - filled)) > 0) {
		filled += count;
		text[filled] = 0;
		for (; (newline = strchr(line, '\n')); line = newline + 1) {
			*newline = 0;
			/* Names of fields begin with a capital, addresses do not. */
			if (*line < 'A' || *line > 'Z') {
				if (sscanf(line, "%lx-%lx %7s %lx %x:%x %lu", &start, &end, rights, &offset, &major, &minor, &inode) != 7)
					_exit(3);
				if (start >= window_end)
					return;
				inside = end > WINDOW;
			} else if (inside && !strncmp(line, "VmFlags: ", 9)) {
				each(start, end, rights, offset, file_name(makedev(major, minor), inode), line + 9);
			}
		}
		/* What has been read is not needed again. */
		filled -= line - text;
		memmove(text, line, filled + 1);
		line = text;
	}
}

static int shown;

static void show_vma(unsigned long start, unsigned long end, const char *rights, unsigned long offset, const char *file,
		     const char *flags)
{
	say("%s[%ld,%ld,\"%.4s\",%lu,\"%s\",\"%s\"]", shown++ ? "," : "", ((long)start - (long)WINDOW) / (long)PAGE,
	    ((long)end - (long)WINDOW) / (long)PAGE, rights, offset / PAGE, file, flags);
}

void show_vmas(void)
{
	shown = 0;
	say(",\"vmas\":[");
	each_vma(show_vma);
	say("]");
}

static char letter(uint64_t entry)
{
	if (entry & PRESENT) {
		if (zero_pfn && (entry & PFN) == zero_pfn)
			return 'z';
		return entry & FILE_OR_SHARED ? 'F' : entry & EXCLUSIVE ? 'A' : 'a';
	}
	return entry & GUARD ? 'G' : entry & SWAPPED ? 'S' : entry & FILE_OR_SHARED ? '?' : '.';
}

void show_pages(void)
{
	static uint64_t entries[4096];
	static char letters[4097];
	unsigned long used = 0;
	ssize_t size = window_pages * sizeof *entries;

	if (pread(pagemap, entries, size, WINDOW / PAGE * sizeof *entries) != size)
		_exit(3);
	for (unsigned long page = 0; page < window_pages; page++)
		if ((letters[page] = letter(entries[page])) != '.')
			used = page + 1;
	letters[used] = 0;
	say(",\"pg\":\"%s\"", letters);
}

static int dirty;

static void look_for_sd(unsigned long start, unsigned long end, const char *rights, unsigned long offset,
			const char *file, const char *flags)
{
	(void)start, (void)end, (void)rights, (void)offset, (void)file;
	dirty = strstr(flags, "sd") != NULL;
}

int soft_dirty(void)
{
	mmap((void *)WINDOW, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	each_vma(look_for_sd);
	munmap((void *)WINDOW, PAGE);
	return dirty;
}
