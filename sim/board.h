/*
 * The building as a live table: every point, what it is now, and how its device
 * answers. Redrawn in place on a terminal, where what moved last stands first
 * when there is no room for all; elsewhere the whole table once, then a line for
 * each change. Single thread; writes to `out` only.
 */
#ifndef SIM_BOARD_H
#define SIM_BOARD_H

#include "sim/wiring.h"

#include <stdio.h>

enum { BOARD_STEP_MS = 500 };

struct board_row {
	const struct point *point;
	double value;       /* as shown last */
	int64_t changed_ms; /* 0: not since the beginning */
};

struct board {
	const struct building *building;
	const struct wiring *wiring;
	struct board_row *rows; /* parallel to site->points */
	struct board_row **order;
	int64_t next_ms;
	FILE *out;
	int fd; /* of out, where it is a terminal; -1 */
	bool begun;
};

/* 0 or -ENOMEM. board_close() in either case. */
int board_open(struct board *board, const struct building *building, const struct wiring *wiring,
	FILE *out);
void board_close(struct board *board);

/* Draw when it is time. Returns when to call again. */
int64_t board_step(struct board *board, int64_t now_ms);

/* The whole table, at most `rows` points (0: all) of `columns` characters (0: any). */
void board_draw(struct board *board, size_t rows, size_t columns);

#endif
