/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks for the functions that are shaped by a count of instructions. All others are built for
 * size. `row` is the row of the bench (tests/bench/recorded.json) that costs more without the mark.
 * docs/contributing.md says when a function gets one.
 */
#ifndef PINION_SPEED_H
#define PINION_SPEED_H

/*
 * Builds the function for speed: gcc inlines more into it, and saves registers only on the paths
 * that need them. "no-crossjumping": the paths do not share their last instructions by a branch.
 *
 * gcc 12 keeps all other options of the command line in such a function, which earlier versions may
 * not. It forgets what -ffreestanding implies: that no loop becomes a call of memset() or memcpy().
 * tests/lint/test_speed_marks.py compares. clang has no such attribute; its code is slower.
 */
#if __GNUC__ >= 12 && !defined(__clang__)
#define HOT(row)                                                                                   \
	__attribute__((optimize("O2", "no-crossjumping", "no-tree-loop-distribute-patterns")))
#else
#define HOT(row)
#endif

/* Inlines the function wherever it is called. */
#define ALWAYS_INLINE(row) __attribute__((always_inline))

/* Keeps the function out of a frequent one that calls it, which would need a stack frame then. */
#define NOINLINE(row) __attribute__((noinline))

/* The same for a function that seldom runs. The branch that leads to it is the one not expected. */
#define COLD(row) __attribute__((cold, noinline))

#endif
