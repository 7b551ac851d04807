#include "oracle.h"
#include <stdlib.h>

unsigned long number(const char *word)
{
	return strtoul(word, NULL, 0);
}

unsigned long address(const char *word)
{
	if (*word == '=')
		return number(word + 1);
	if (*word == '-')
		return WINDOW - number(word + 1);
	return WINDOW + number(word);
}

struct letter {
	char name;
	int bits;
};

static int letters(const char *word, const struct letter *known)
{
	int all = 0;

	if (*word >= '0' && *word <= '9')
		return (int)number(word);
	for (; *word; word++)
		for (const struct letter *one = known; one->name; one++)
			if (one->name == *word)
				all |= one->bits;
	return all;
}

int protection(const char *word)
{
	static const struct letter known[] = { { 'r', 1 }, { 'w', 2 }, { 'x', 4 }, { 0, 0 } };

	return letters(word, known);
}

int map_flags(const char *word)
{
	static const struct letter known[] = {
		{ 'S', 0x1 },   { 'P', 0x2 },    { 'V', 0x3 },    { 'F', 0x10 },   { 'A', 0x20 },     { 'G', 0x100 },
		{ 'L', 0x2000 }, { 'R', 0x4000 }, { 'Z', 0x8000 }, { 'N', 0x100000 }, { 0, 0 },
	};

	return letters(word, known);
}
