/*
 * Does what an operation list says on the running kernel and prints, for each operation, what it gave and what the window
 * looks like then, one JSON line each.
 *
 *   oracle [--machine] [--pages N] < LIST > RESULTS
 *
 * The language of lists is that of src/list/operation.ts, the lines are those of src/result/result-line.ts. The list has
 * been parsed by whoever calls this: words are not checked again.
 */
#include "oracle.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

unsigned long window_pages = 64;

static void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof here, &here);
}

static int in_window(unsigned long at)
{
	return at >= WINDOW && at < WINDOW + window_pages * PAGE;
}

static void reset(void)
{
	munmap((void *)WINDOW, window_pages * PAGE);
	refill_files();
}

/* The child of `fork`: touches, shows what it sees, and ends. */
static void child(long i, const char *text, char *const word[])
{
	const char *touched = "-";

	if (word[1] && word[1][0] != 'n')
		touched = touch(address(word[2]), word[1][0] == 'w');
	open_views();
	say("{\"i\":%ld,\"child\":true,\"op\":\"%s\",\"touch\":\"%s\"", i, text, touched);
	show_vmas();
	show_pages();
	say("}\n");
	flush_output();
	_exit(0);
}

static void fork_child(long i, const char *text, char *const word[])
{
	pid_t pid;

	flush_output();
	if (!(pid = fork()))
		child(i, text, word);
	waitpid(pid, NULL, 0);
}

/* The parent waits; its child has the rest of the list, which stdio has read already or shares the offset of. */
static void go_on_in_child(void)
{
	pid_t pid;

	flush_output();
	if ((pid = fork())) {
		int status;

		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
	}
	open_views();
}

static void tell_result(long result, int error)
{
	if (result == -1)
		say(",\"err\":\"%s\"", strerrorname_np(error));
	else if (in_window(result))
		say(",\"ret\":\"%lx\"", result - WINDOW);
	else
		say(",\"ret\":\"%s%lx\"", result ? "=" : "", result);
}

/* What the kernel placed outside of the window goes away again. */
static void tidy(long result, char *const word[])
{
	if (result == -1 || in_window(result))
		return;
	if (!strcmp(word[0], "mmap"))
		munmap((void *)result, number(word[2]));
	else if (!strcmp(word[0], "mremap") && result)
		munmap((void *)result, number(word[3]));
}

static void perform(long i, const char *text, char *const word[])
{
	const char *op = word[0], *touched = NULL;
	long result = 0;
	int error = 0;

	if (would_hurt(word))
		result = -1, error = EXFULL;
	else if (!strcmp(op, "r") || !strcmp(op, "w"))
		touched = touch(address(word[1]), *op == 'w');
	else if (!strcmp(op, "reset"))
		reset();
	else if (!strcmp(op, "fork"))
		fork_child(i, text, word);
	else if (!strcmp(op, "forkcont"))
		go_on_in_child();
	else {
		result = call(word);
		error = errno;
	}
	say("{\"i\":%ld,\"op\":\"%s\"", i, text);
	if (touched)
		say(",\"touch\":\"%s\"", touched);
	else
		tell_result(result, error);
	/* What is compared is the state after the operation; only then what it left elsewhere is tidied away. */
	show_vmas();
	show_pages();
	say("}\n");
	tidy(result, word);
}

static int split(char *line, char *word[])
{
	int count = 0;

	memset(word, 0, WORDS * sizeof *word);
	for (char *one = strtok(line, " \t"); one && count < WORDS; one = strtok(NULL, " \t"))
		word[count++] = one;
	return count;
}

int main(int count, char **argument)
{
	static char buffer[1 << 16];
	char line[1024], text[1024], *word[WORDS];
	int machine = 0;
	long i = 0;

	for (int at = 1; at < count; at++) {
		if (!strcmp(argument[at], "--machine"))
			machine = 1;
		else if (!strcmp(argument[at], "--pages") && at + 1 < count)
			window_pages = number(argument[++at]);
	}
	/* Pages wait in lists of the CPU that faulted them in: reclaim finds them where this process stays on one. */
	stay_here();
	/* Huge pages are another machine's. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (open_files())
		return 3;
	open_views();
	if (machine) {
		tell_machine();
		flush_output();
		return 0;
	}
	catch_signals();
	setvbuf(stdin, buffer, _IOFBF, sizeof buffer);
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "#\n")] = 0;
		strcpy(text, line);
		if (split(line, word))
			perform(i++, text, word);
	}
	flush_output();
	return 0;
}
