/* The live table. Must not know Modbus frames, files or commands. */
#include "sim/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	CELL = 64,
	COLUMNS = 6,
	LINE_MAX_SIZE = COLUMNS * CELL,
	HEAD_LINES = 2,
	COLUMNS_DEFAULT = 80
};

/* What a row shows. */
struct cells {
	char text[COLUMNS][CELL];
};

static const struct cells heading = { { "POINT", "VALUE", "CLASS", "ZONE", "DEVICE", "ANSWERS" } };

int board_open(struct board *board, const struct building *building, const struct wiring *wiring,
	FILE *out)
{
	size_t count = building->site->point_count;

	*board = (struct board){ .building = building, .wiring = wiring, .out = out, .fd = -1 };
	board->rows = calloc(count + 1, sizeof(*board->rows));
	board->order = calloc(count + 1, sizeof(*board->order));
	if (!board->rows || !board->order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		board->rows[i].point = &building->site->points[i];
		board->rows[i].value = building_value(building, board->rows[i].point);
		board->order[i] = &board->rows[i];
	}
	if (isatty(fileno(out)))
		board->fd = fileno(out);
	return 0;
}

void board_close(struct board *board)
{
	if (board->fd >= 0 && board->begun)
		fputs("\033[?25h\n", board->out);
	free(board->rows);
	free(board->order);
	*board = (struct board){ 0 };
}

static void fill_value(char *text, const struct point *point, double value)
{
	if (point->class->kind == POINT_STATE)
		snprintf(text, CELL, "%s", value != 0 ? point->class->on.en : point->class->off.en);
	else
		snprintf(text, CELL, "%.*f %s", point->class->decimals, value, point->class->unit);
}

static void fill_device(char *text, const struct slave *slave)
{
	if (!slave)
		snprintf(text, CELL, "not simulated");
	else if (slave->silent)
		snprintf(text, CELL, "silent, asked %llu", (unsigned long long)slave->asked);
	else if (slave->fault.kind != SLAVE_SOUND)
		snprintf(text, CELL, "%s, asked %llu", slave_fault_word(slave->fault.kind),
			(unsigned long long)slave->asked);
	else
		snprintf(text, CELL, "asked %llu", (unsigned long long)slave->asked);
}

static void fill(const struct board *board, const struct board_row *row, struct cells *cells)
{
	const struct point *point = row->point;

	snprintf(cells->text[0], CELL, "%s%s", point->id, point->writable ? " *" : "");
	fill_value(cells->text[1], point, row->value);
	snprintf(cells->text[2], CELL, "%s", point->class->id);
	snprintf(cells->text[3], CELL, "%s", point->zone->id);
	snprintf(cells->text[4], CELL, "%s", point->device->id);
	fill_device(cells->text[5], board->wiring->of_device[point->device->index]);
}

static void measure(const struct cells *cells, size_t widths[COLUMNS])
{
	for (size_t c = 0; c < COLUMNS; c++)
		if (strlen(cells->text[c]) > widths[c])
			widths[c] = strlen(cells->text[c]);
}

static void print_cells(const struct board *board, const struct cells *cells,
	const size_t widths[COLUMNS], size_t columns)
{
	char line[LINE_MAX_SIZE + 2 * COLUMNS];
	size_t size = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		size += (size_t)snprintf(line + size, sizeof(line) - size, "%-*s%s",
			c + 1 < COLUMNS ? (int)widths[c] : 0, cells->text[c],
			c + 1 < COLUMNS ? "  " : "");
	if (columns && size > columns)
		size = columns;
	/* To the end of the line: what stood there longer is wiped. */
	fprintf(board->out, "%.*s%s\n", (int)size, line, board->fd >= 0 ? "\033[K" : "");
}

static int compare_rows(const void *left, const void *right)
{
	const struct board_row *a = *(struct board_row *const *)left;
	const struct board_row *b = *(struct board_row *const *)right;

	if (a->changed_ms != b->changed_ms)
		return a->changed_ms > b->changed_ms ? -1 : 1;
	return a->point->index < b->point->index ? -1 : a->point->index > b->point->index;
}

void board_draw(struct board *board, size_t rows, size_t columns)
{
	size_t count = board->building->site->point_count, widths[COLUMNS] = { 0 };
	struct cells cells;

	if (!rows || rows >= count) {
		rows = count;
		for (size_t i = 0; i < count; i++)
			board->order[i] = &board->rows[i];
	} else {
		qsort(board->order, count, sizeof(*board->order), compare_rows);
	}
	measure(&heading, widths);
	for (size_t i = 0; i < rows; i++) {
		fill(board, board->order[i], &cells);
		measure(&cells, widths);
	}
	print_cells(board, &heading, widths, columns);
	for (size_t i = 0; i < rows; i++) {
		fill(board, board->order[i], &cells);
		print_cells(board, &cells, widths, columns);
	}
	if (rows < count)
		fprintf(board->out, "%zu more; those that moved last stand first%s\n", count - rows,
			board->fd >= 0 ? "\033[K" : "");
}

static void draw_in_place(struct board *board)
{
	struct winsize size = { 0 };
	size_t rows, columns = COLUMNS_DEFAULT;

	ioctl(board->fd, TIOCGWINSZ, &size);
	if (size.ws_col)
		columns = size.ws_col;
	rows = size.ws_row > HEAD_LINES + 1 ? size.ws_row - HEAD_LINES - 1u : 0;
	fputs(board->begun ? "\033[H" : "\033[2J\033[H\033[?25l", board->out);
	board_draw(board, rows, columns);
	fputs("\033[J", board->out);
}

static void print_change(const struct board *board, const struct board_row *row)
{
	char value[CELL];

	fill_value(value, row->point, row->value);
	fprintf(board->out, "%s %s\n", row->point->id, value);
}

int64_t board_step(struct board *board, int64_t now_ms)
{
	bool plain = board->fd < 0;

	if (now_ms < board->next_ms)
		return board->next_ms;
	board->next_ms = now_ms + BOARD_STEP_MS;
	for (size_t i = 0; i < board->building->site->point_count; i++) {
		struct board_row *row = &board->rows[i];
		double value = building_value(board->building, row->point);

		if (value == row->value)
			continue;
		row->value = value;
		row->changed_ms = now_ms;
		if (plain && board->begun)
			print_change(board, row);
	}
	if (!plain)
		draw_in_place(board);
	else if (!board->begun)
		board_draw(board, 0, 0);
	board->begun = true;
	fflush(board->out);
	return board->next_ms;
}
