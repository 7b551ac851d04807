/*
 * Runs two threads of operations again and again, each time from the same state and with other delays, and prints how
 * often each result came about, one JSON line each.
 *
 *   pairs RUNS SEED < LISTS
 *
 * What makes the state runs on the CPU of A: B's has no translations of it, as on the model. Ends with 7 where there is one
 * CPU only.
 *
 * LISTS: the operations that make the state, a line `--`, those of thread A, a line `--`, those of thread B.
 */
#include "oracle.h"
#include "tally.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPERATIONS 16
#define CHILDREN 4

unsigned long window_pages = 64;

struct list {
	int count;
	char text[OPERATIONS][256];
	char *word[OPERATIONS][WORDS];
	/* What each returned. */
	char result[OPERATIONS][32];
	pid_t child[CHILDREN];
	int children;
	uint64_t random;
};

static struct list lists[3];
static pthread_barrier_t start, end;
static int over, uses_files;
static cpu_set_t allowed;

static uint64_t next_random(struct list *list)
{
	list->random ^= list->random << 13;
	list->random ^= list->random >> 7;
	list->random ^= list->random << 17;
	return list->random;
}

/* Nothing, or up to some microseconds: short delays as often as long ones. */
static void dawdle(struct list *list)
{
	uint64_t random = next_random(list);
	volatile unsigned long turns = (random >> 32) & ((1ul << (random % 15)) - 1);

	while (turns)
		turns = turns - 1;
}

/* The child keeps what it has until it is killed. It touches nothing of it. */
static void fork_child(struct list *list, char *result)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	strcpy(result, pid < 0 ? strerrorname_np(errno) : "0");
	if (pid > 0 && list->children < CHILDREN)
		list->child[list->children++] = pid;
}

static void spell(long value, int error, char *result)
{
	unsigned long at = value;

	if (value == -1)
		strcpy(result, strerrorname_np(error));
	else if (at >= WINDOW && at < WINDOW + window_pages * PAGE)
		sprintf(result, "%lx", at - WINDOW);
	else
		strcpy(result, value ? "elsewhere" : "0");
}

static void perform(struct list *list, int i)
{
	char *const *word = list->word[i];
	const char *op = word[0];

	if (!strcmp(op, "r") || !strcmp(op, "w")) {
		strcpy(list->result[i], touch(address(word[1]), *op == 'w'));
	} else if (!strcmp(op, "fork")) {
		fork_child(list, list->result[i]);
	} else {
		long value = call(word);

		spell(value, errno, list->result[i]);
	}
}

/* The calling thread stays on one of the CPUs that it may use, by its place among them. */
static void stay_on(int place)
{
	cpu_set_t here, *all = &allowed;

	CPU_ZERO(&here);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, all) && place-- == 0)
			CPU_SET(cpu, &here);
	if (sched_setaffinity(0, sizeof here, &here))
		_exit(7);
}

static void *thread(void *which)
{
	struct list *list = which;

	stay_on(list == &lists[2]);

	for (;;) {
		pthread_barrier_wait(&start);
		if (over)
			return NULL;
		for (int i = 0; i < list->count; i++) {
			dawdle(list);
			perform(list, i);
		}
		pthread_barrier_wait(&end);
	}
}

static void reset(void)
{
	munmap((void *)WINDOW, window_pages * PAGE);
	if (uses_files)
		refill_files();
	for (int i = 0; i < lists[0].count; i++)
		perform(&lists[0], i);
}

static void bury(struct list *list)
{
	while (list->children) {
		pid_t pid = list->child[--list->children];

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static void say_results(char name, const struct list *list)
{
	say("\"%c\":[", name);
	for (int i = 0; i < list->count; i++)
		say("%s\"%s\"", i ? "," : "", list->result[i]);
	say("],");
}

static void run_once(void)
{
	reset();
	pthread_barrier_wait(&start);
	pthread_barrier_wait(&end);
	say_results('a', &lists[1]);
	say_results('b', &lists[2]);
	say("\"n\":0");
	show_vmas();
	show_pages();
	tally(take_output());
	bury(&lists[1]);
	bury(&lists[2]);
}

static void read_lists(void)
{
	char line[256];
	int which = 0;

	while (fgets(line, sizeof line, stdin)) {
		struct list *list = &lists[which];
		int words = 0;

		line[strcspn(line, "#\n")] = 0;
		if (!strcmp(line, "--")) {
			if (++which > 2)
				_exit(2);
			continue;
		}
		if (list->count == OPERATIONS)
			_exit(2);
		strcpy(list->text[list->count], line);
		for (char *one = strtok(list->text[list->count], " \t"); one && words < WORDS; one = strtok(NULL, " \t"))
			list->word[list->count][words++] = one;
		if (!words)
			continue;
		if (would_hurt(list->word[list->count]))
			_exit(6);
		if (!strcmp(list->word[list->count][0], "mmap") && list->word[list->count][5][0] != '-')
			uses_files = 1;
		list->count++;
	}
}

int main(int count, char **argument)
{
	pthread_t threads[2];
	long runs = count > 1 ? atol(argument[1]) : 1;

	for (int i = 0; i < 3; i++)
		lists[i].random = 0x9e3779b97f4a7c15ull * (i + 1) ^ (count > 2 ? number(argument[2]) : 0);
	read_lists();
	if (sched_getaffinity(0, sizeof allowed, &allowed) || CPU_COUNT(&allowed) < 2)
		return 7;
	stay_on(0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (open_files())
		return 3;
	open_views();
	catch_signals();
	pthread_barrier_init(&start, NULL, 3);
	pthread_barrier_init(&end, NULL, 3);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, thread, &lists[i + 1]))
			return 3;
	for (long run = 0; run < runs; run++)
		run_once();
	over = 1;
	pthread_barrier_wait(&start);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	print_tally();
	return 0;
}
