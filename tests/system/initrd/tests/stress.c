// SPDX-License-Identifier: Apache-2.0
/*
 * Load on every CPU of a Linux guest for a time: messages through pipes from CPU to CPU, short
 * sleeps, fork and exit, memory barriers that interrupt all other CPUs. Says how often each
 * happened on each CPU; fails if one of them never did, or a message was wrong. Marks for the
 * plugin tests/bench/el2count.c where all of it has begun, and where it ends.
 *
 * usage: stress SECONDS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGES, SLEEPS, FORKS, BARRIERS, KINDS, MAX_CPUS = 64 };

/* With many CPUs on a small or busy host, a second is short. */
enum { ENOUGH = 5, PATIENCE = 1000 };

static const char *const names[KINDS] = {"messages", "sleeps", "forks", "barriers"};

struct counts {
	volatile uint64_t done[MAX_CPUS][KINDS];
	volatile uint32_t wrong;
};

static struct counts *counts;
static int pipes[MAX_CPUS][2];
static int cpus;

/* From the pipe of this CPU to the next one's: numbers that count up by one at each hop. */
static void messages(int cpu)
{
	uint64_t number, last = 0;

	for (;;) {
		if (read(pipes[cpu][0], &number, sizeof(number)) != sizeof(number))
			_exit(1);
		if (last && number != last + (uint64_t)cpus)
			counts->wrong++;
		last = number++;
		if (write(pipes[(cpu + 1) % cpus][1], &number, sizeof(number)) != sizeof(number))
			_exit(1);
		counts->done[cpu][MESSAGES]++;
	}
}

static void sleeps(int cpu)
{
	struct timespec before, after, length = {0, 300000};

	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &before);
		if (nanosleep(&length, NULL) != 0)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &after);
		if ((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec <
			length.tv_nsec)
			counts->wrong++;
		counts->done[cpu][SLEEPS]++;
	}
}

static void forks(int cpu)
{
	for (;;) {
		pid_t child = fork();

		if (child == 0)
			_exit(42);
		int status;

		if (child < 0 || waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 42)
			counts->wrong++;
		counts->done[cpu][FORKS]++;
	}
}

static void barriers(int cpu)
{
	struct timespec pause = {0, 100000};

	for (;;) {
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) != 0)
			_exit(1);
		counts->done[cpu][BARRIERS]++;
		nanosleep(&pause, NULL);
	}
}

/* Everything happened at least this often on each CPU. */
static int all_happened(uint64_t times)
{
	for (int cpu = 0; cpu < cpus; cpu++) {
		for (int kind = 0; kind < KINDS; kind++) {
			if (counts->done[cpu][kind] < times)
				return 0;
		}
	}
	return 1;
}

static pid_t start(void (*work)(int), int cpu)
{
	pid_t child = fork();
	cpu_set_t set;

	if (child)
		return child;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
	work(cpu);
	_exit(1);
}

int main(int argc, char **argv)
{
	static void (*const work[KINDS])(int) = {messages, sleeps, forks, barriers};
	int seconds = argc > 1 ? atoi(argv[1]) : 60;
	int failed;
	uint64_t first = 1;
	pid_t children[MAX_CPUS * KINDS];

	cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	counts = mmap(
		NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || cpus > MAX_CPUS)
		return 1;
	for (int cpu = 0; cpu < cpus; cpu++) {
		if (pipe(pipes[cpu]) != 0)
			return 1;
	}
	for (int i = 0; i < cpus * KINDS; i++)
		children[i] = start(work[i % KINDS], i / KINDS);
	if (write(pipes[0][1], &first, sizeof(first)) != sizeof(first))
		return 1;
	__asm__ volatile("hint #64\n\thint #65" ::: "memory");
	sleep((unsigned)seconds);
	__asm__ volatile("hint #66" ::: "memory");
	for (int more = 0; more < PATIENCE && !all_happened(ENOUGH); more++)
		sleep(1);
	failed = counts->wrong != 0 || !all_happened(ENOUGH);
	for (int i = 0; i < cpus * KINDS; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		printf("# CPU %d:", cpu);
		for (int kind = 0; kind < KINDS; kind++)
			printf(" %llu %s", (unsigned long long)counts->done[cpu][kind],
				names[kind]);
		printf("\n");
	}
	printf("%s - %d CPUs under load for %d s, %u results wrong\n", failed ? "not ok" : "ok",
		cpus, seconds, counts->wrong);
	return failed != 0;
}
