/* What a line is at, and when that counts. Must not know chips, descriptors or the loop. */
#include "adapters/gpio/line.h"

#include "core/clock.h"

/* A contact that is restless for so many times its `debounce` is defective, and bad. */
enum { RESTLESS = 20 };

static bool logical(const struct gpio_line *line, bool physical)
{
	return physical != line->options->active_low;
}

void gpio_line_begin(struct gpio_line *line, bool physical)
{
	line->level = line->value = logical(line, physical);
}

/* at_ms 0: now, by the daemon's stamp. */
static void tell(const struct gpio_line *line, struct sink *sink, int64_t now_ms, int64_t at_ms)
{
	const struct gpio_line *first = line->first, *second = first->second;
	struct reading reading = {
		.point = first->point->index,
		.quality = QUALITY_GOOD,
		.reason = REASON_NONE,
		.at_ms = at_ms,
		.value = first->value + (second ? 2 * second->value : 0),
	};

	if (first->settling &&
		now_ms - first->restless_ms > RESTLESS * first->options->debounce_ms) {
		reading.quality = QUALITY_BAD;
		reading.reason = REASON_DEVICE;
		reading.value = 0;
	}
	sink->reading(sink, &reading);
}

void gpio_line_tell(const struct gpio_line *line, struct sink *sink, int64_t now_ms)
{
	tell(line, sink, now_ms, 0);
}

/* The line was seen at `value`, or (an edge) had been for a moment; at_ms as tell() has it. */
static void move(
	struct gpio_line *line, bool value, struct sink *sink, int64_t now_ms, int64_t at_ms)
{
	struct gpio_line *first = line->first;

	if (line->options->debounce_ms > 0) {
		if (!first->settling)
			first->restless_ms = now_ms;
		first->settling = true;
		first->moved_ms = now_ms;
		return;
	}
	line->value = value;
	tell(line, sink, now_ms, at_ms);
}

void gpio_line_edge(struct gpio_line *line, bool physical, struct sink *sink, int64_t at_ms)
{
	bool value = logical(line, physical);

	/* Without debouncing a short pulse counts; with it, any edge is unrest. */
	if (line->options->debounce_ms > 0 || value != line->value)
		move(line, value, sink, at_ms, at_ms);
	line->level = value;
}

void gpio_line_look(struct gpio_line *line, bool physical, struct sink *sink, int64_t now_ms)
{
	bool value = logical(line, physical);

	/* An output tells the level that it really has, where the chip can read it back. */
	if (line->point->writable)
		line->value = value;
	else if (value != line->level)
		move(line, value, sink, now_ms, 0);
	line->level = value;
}

int64_t gpio_line_settles_ms(const struct gpio_line *line)
{
	return line->settling ? line->moved_ms + line->options->debounce_ms : CLOCK_NEVER;
}

void gpio_line_settle(struct gpio_line *line, struct sink *sink, int64_t now_ms)
{
	line->settling = false;
	line->value = line->level;
	if (line->second)
		line->second->value = line->second->level;
	gpio_line_tell(line, sink, now_ms);
}
