/*
 * The letters of a snapshot: its lines, words, numbers and texts, written and
 * read. Inside rules/ only. Any bytes may come in. Must not know of incidents.
 */
#ifndef RULES_ENGINE_SNAPSHOT_LINE_H
#define RULES_ENGINE_SNAPSHOT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_HEAD "facility-incident"
enum {
	SNAPSHOT_VERSION = 2,
	SNAPSHOT_WORD_MAX = 100,
	SNAPSHOT_END = 4 + 16 + 1 /* "end 0123456789abcdef\n" */
};

/* Times and delays beyond this (36 million years) are damage; so sums cannot overflow. */
#define SNAPSHOT_TIME_MAX ((int64_t)1 << 60)

struct snapshot_out {
	char *text;
	size_t size, used;
	bool full; /* and nothing more is written */
};

void snapshot_print(struct snapshot_out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "key text\n", with what would break the line escaped; nothing where the text is empty. */
void snapshot_print_text(struct snapshot_out *out, const char *key, const char *text);

/* Of the bytes before the last line; it tells damage, not malice. */
uint64_t snapshot_sum(const char *text, size_t length);

struct snapshot_line {
	const char *at, *end;
};

/* The next line of `rest`, without its newline; false: no more. */
bool snapshot_next(struct snapshot_line *rest, struct snapshot_line *line);
/* False where the line does not go on as asked. Words are divided by one blank. */
bool snapshot_word(struct snapshot_line *line, char word[static SNAPSHOT_WORD_MAX + 1]);
bool snapshot_number(struct snapshot_line *line, int64_t *number);
bool snapshot_bits(struct snapshot_line *line, uint64_t *bits); /* hexadecimal */
/* All that is left of the line. */
bool snapshot_text(struct snapshot_line *line, char *text, size_t size);
bool snapshot_at_end(const struct snapshot_line *line);

#endif
