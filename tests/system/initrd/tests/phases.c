// SPDX-License-Identifier: Apache-2.0
/*
 * First program of a Linux that is measured (rdinit=/tests/phases): marks for the plugin
 * tests/bench/el2count.c where it begins, sleeps for ten seconds, has one process per CPU fork and
 * pipe for some seconds, and powers off. It prints behind the last mark alone.
 *
 * usage: phases SECONDS
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CPUS = 64, IDLE = 10 };

/* The next operation, counted from here on. */
static void mark(void)
{
	__asm__ volatile("hint #64\n\thint #65" ::: "memory");
}

/* A child, a byte from it through a pipe, its end. */
static int fork_and_pipe(void)
{
	int ends[2], good;
	char byte = 'x';
	pid_t child;

	if (pipe(ends) != 0)
		return 0;
	child = fork();
	if (child == 0)
		_exit(write(ends[1], &byte, 1) != 1);
	good = child > 0 && read(ends[0], &byte, 1) == 1 && waitpid(child, NULL, 0) == child;
	close(ends[0]);
	close(ends[1]);
	return good;
}

static pid_t start_load(volatile uint32_t *rounds)
{
	pid_t child = fork();

	if (child)
		return child;
	while (fork_and_pipe())
		++*rounds;
	_exit(1);
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	volatile uint32_t *rounds;
	pid_t load[MAX_CPUS];

	mark();
	sleep(IDLE);
	mark();
	rounds = mmap(NULL, MAX_CPUS * sizeof(*rounds), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rounds == MAP_FAILED || cpus > MAX_CPUS)
		return 1;
	for (long i = 0; i < cpus; i++)
		load[i] = start_load(&rounds[i]);
	sleep(argc > 1 ? (unsigned)atoi(argv[1]) : 1);
	mark();
	for (long i = 0; i < cpus; i++) {
		kill(load[i], SIGKILL);
		waitpid(load[i], NULL, 0);
		printf("phases: process %ld: %u rounds\n", i, rounds[i]);
	}
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 1;
}
