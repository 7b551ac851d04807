#include "oracle.h"
#include <setjmp.h>
#include <signal.h>

/* Of each thread its own: both may be at it. */
static __thread sigjmp_buf back;
static __thread volatile int signal_number, signal_code;

static void caught(int number, siginfo_t *info, void *context)
{
	(void)context;
	signal_number = number;
	signal_code = info->si_code;
	siglongjmp(back, 1);
}

void catch_signals(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER, .sa_sigaction = caught };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

const char *touch(unsigned long at, int write)
{
	static __thread char result[32];
	volatile unsigned char *byte = (volatile unsigned char *)at;
	volatile unsigned value = 0;

	if (!sigsetjmp(back, 0)) {
		if (write)
			*byte = 0x5a;
		else
			value = *byte;
		snprintf(result, sizeof result, "%u", value);
		return result;
	}
	if (signal_number == SIGSEGV)
		return signal_code == SEGV_MAPERR ? "SEGV/MAPERR" : signal_code == SEGV_ACCERR ? "SEGV/ACCERR" : "SEGV/?";
	return signal_code == BUS_ADRERR ? "BUS/ADRERR" : "BUS/?";
}
