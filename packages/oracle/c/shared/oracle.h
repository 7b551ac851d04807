/* What the files of the oracle share: a program that does what operation lists say on the running kernel. */
#ifndef ORACLE_H
#define ORACLE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>

#define PAGE 4096ul
#define WINDOW 0x100000000000ul
#define TASK_END 0x7ffffffff000ul
#define FILE_PAGES 256ul
#define WORDS 8

/* Pages of the window. */
extern unsigned long window_pages;

/* files.c: m0 m1 (memfds), f0 f1 f2 (one file on disk, for both, for reading, for writing). */
int open_files(void);
int descriptor(const char *word);
void refill_files(void);
const char *file_name(uint64_t dev, uint64_t inode);
int disk_is_tmpfs(void);

/* words.c: numbers, addresses, letters of an operation. */
unsigned long number(const char *word);
unsigned long address(const char *word);
int protection(const char *word);
int map_flags(const char *word);

/* call.c: the system call of an operation; -1 and errno. */
long call(char *const word[]);

/* danger.c: whether an operation would hurt this process outside of the window. */
int would_hurt(char *const word[]);

/* touch.c: one byte of user memory; "90", "0", or the signal, "SEGV/MAPERR". */
void catch_signals(void);
const char *touch(unsigned long at, int write);

/* show.c: the VMAs and pages of the window, as JSON fields. */
void open_views(void);
void show_vmas(void);
void show_pages(void);
int soft_dirty(void);

/* output.c: text for stdout, written by flush_output(). */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void flush_output(void);
/* What has been said since, as a string that lasts until something else is; it will not be written. */
const char *take_output(void);

/* machine.c: what belongs to this machine, as one JSON line. */
void tell_machine(void);

#endif
