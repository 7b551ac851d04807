#include "tally.h"
#include "oracle.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 4096

static struct seen {
	char *result;
	long times;
} seen[LIMIT];
static int count;

void tally(const char *result)
{
	int i = 0;

	while (i < count && strcmp(seen[i].result, result))
		i++;
	if (i == LIMIT)
		_exit(5);
	if (i == count)
		seen[count++].result = strdup(result);
	seen[i].times++;
}

void print_tally(void)
{
	for (int i = 0; i < count; i++)
		say("{\"times\":%ld,%s}\n", seen[i].times, seen[i].result);
	flush_output();
}
