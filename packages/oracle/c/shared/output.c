#include "oracle.h"
#include <stdarg.h>
#include <unistd.h>

static char text[1 << 20];
static size_t length;

void flush_output(void)
{
	size_t written = 0;

	while (written < length) {
		ssize_t count = write(1, text + written, length - written);

		if (count <= 0)
			_exit(3);
		written += count;
	}
	length = 0;
}

void say(const char *format, ...)
{
	va_list list;

	if (length > sizeof text / 2)
		flush_output();
	va_start(list, format);
	length += vsnprintf(text + length, sizeof text - length, format, list);
	va_end(list);
}

const char *take_output(void)
{
	text[length] = 0;
	length = 0;
	return text;
}
