/* How often each result was seen. */
#ifndef TALLY_H
#define TALLY_H

void tally(const char *result);
void print_tally(void);

#endif
