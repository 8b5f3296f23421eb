/* The scenario file: lines to structs. Must not know what is then done with them. */
#include "sim/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 512 };

struct parser {
	struct scenario *scenario;
	const struct site *site;
	struct words words;
	struct fault fault;
	struct event *event; /* whose effects the indented lines are; NULL: none */
	struct opening **opening_end;
	struct event **event_end;
	struct effect **effect_end;
};

static bool expect_end(struct words *words, struct fault *fault)
{
	const char *word = words_peek(words);

	return word ? fault_set(fault, "\"%s\" is one word too many", word) : true;
}

static bool is_parameter(const char *word)
{
	return isupper((unsigned char)word[0]);
}

/* A fixed name, or one of the event's parameters ("ZONE", "ZONE=f3"). */
static bool take_operand(struct words *words, const struct site *site, enum name_kind kind,
	const struct event *event, struct operand *operand, struct fault *fault)
{
	const char *word = words_take(words);

	operand->word = -1;
	if (!word)
		return fault_set(fault, "the name of a %s is missing", name_kind_word(kind));
	if (!is_parameter(word))
		return name_find(site, kind, word, &operand->index, fault);
	for (size_t i = 0; event && i < event->word_count; i++)
		if (!event->words[i].literal && event->words[i].kind == kind &&
			strcasecmp(word, name_kind_word(kind)) == 0) {
			operand->word = (int)i;
			return true;
		}
	return fault_set(fault, "%s is no parameter of this event", word);
}

bool scenario_target(struct words *words, const struct site *site, const struct event *event,
	struct target *target, struct fault *fault)
{
	const char *class;

	target->is_class = words_accept(words, "class");
	if (!target->is_class) {
		if (!words_accept(words, "point"))
			return fault_set(fault, "expected \"class\" or \"point\"");
		return take_operand(words, site, NAME_POINT, event, &target->what, fault);
	}
	class = words_take(words);
	if (!class)
		return fault_set(fault, "the name of a class is missing");
	if (!name_find(site, NAME_CLASS, class, &target->class, fault))
		return false;
	target->what = (struct operand){ .word = -1, .index = 0 }; /* the whole site */
	if (words_accept(words, "in"))
		return take_operand(words, site, NAME_ZONE, event, &target->what, fault);
	return true;
}

/* The class whose values a target takes; a parameter's class is known only when it is called. */
static const struct point_class *target_class(const struct site *site, const struct target *target)
{
	if (target->is_class)
		return &site->classes[target->class];
	return target->what.word < 0 ? site->points[target->what.index].class : NULL;
}

static bool take_target_value(struct parser *p, const struct target *target, double *value)
{
	const struct point_class *class = target_class(p->site, target);

	return class ? words_value(&p->words, class, value, &p->fault)
		     : words_number(&p->words, value, &p->fault);
}

static struct opening *add_opening(struct parser *p, enum opening_kind kind)
{
	struct opening *opening = arena_alloc(&p->scenario->arena, sizeof(*opening));

	opening->kind = kind;
	*p->opening_end = opening;
	p->opening_end = &opening->next;
	return opening;
}

static bool line_relay(struct parser *p)
{
	return words_duration(&p->words, &p->scenario->relay_ms, &p->fault);
}

static bool line_normal(struct parser *p)
{
	struct opening *opening = add_opening(p, OPENING_NORMAL);

	return scenario_target(&p->words, p->site, NULL, &opening->target, &p->fault) &&
	       take_target_value(p, &opening->target, &opening->value);
}

static bool line_noise(struct parser *p)
{
	struct opening *opening = add_opening(p, OPENING_NOISE);
	const struct point_class *class;

	if (!scenario_target(&p->words, p->site, NULL, &opening->target, &p->fault))
		return false;
	class = target_class(p->site, &opening->target);
	if (class->kind == POINT_STATE)
		return fault_set(&p->fault, "%s is a state and cannot be noisy", class->id);
	if (!words_value(&p->words, class, &opening->value, &p->fault))
		return false;
	if (opening->value < 0)
		return fault_set(&p->fault, "noise must not be negative");
	return true;
}

static bool take_class(struct parser *p, const struct point_class **class)
{
	const char *word = words_take(&p->words);
	uint32_t index;

	if (!word)
		return fault_set(&p->fault, "the name of a class is missing");
	if (!name_find(p->site, NAME_CLASS, word, &index, &p->fault))
		return false;
	*class = &p->site->classes[index];
	return true;
}

static bool line_follow(struct parser *p)
{
	struct follow *follow = &add_opening(p, OPENING_FOLLOW)->follow;

	if (!words_accept(&p->words, "class"))
		return fault_set(&p->fault, "expected \"class\"");
	if (!take_class(p, &follow->class))
		return false;
	if (!words_accept(&p->words, "output"))
		return fault_set(&p->fault, "expected \"output\" and the class of the output");
	if (!take_class(p, &follow->output) ||
		!words_value(&p->words, follow->class, &follow->on, &p->fault) ||
		!words_value(&p->words, follow->class, &follow->off, &p->fault))
		return false;
	if (!words_accept(&p->words, "tau"))
		return words_peek(&p->words) ? fault_set(&p->fault, "expected \"tau\"") : true;
	return words_duration(&p->words, &follow->tau_ms, &p->fault);
}

/* Effects -------------------------------------------------------------------- */

static bool effect_set(struct parser *p, struct effect *effect)
{
	if (!scenario_target(&p->words, p->site, p->event, &effect->target, &p->fault))
		return false;
	effect->normal = words_accept(&p->words, "normal");
	if (!effect->normal && !take_target_value(p, &effect->target, &effect->value))
		return false;
	if (words_accept(&p->words, "over"))
		return words_duration(&p->words, &effect->over_ms, &p->fault);
	return true;
}

static bool effect_point(struct parser *p, struct effect *effect)
{
	return take_operand(&p->words, p->site, NAME_POINT, p->event, &effect->what, &p->fault);
}

static bool effect_device(struct parser *p, struct effect *effect)
{
	return take_operand(&p->words, p->site, NAME_DEVICE, p->event, &effect->what, &p->fault);
}

static bool effect_fault(struct parser *p, struct effect *effect)
{
	return effect_device(p, effect) && slave_fault_take(&p->words, &effect->fault, &p->fault);
}

static bool effect_plain(struct parser *p, struct effect *effect)
{
	(void)p;
	(void)effect;
	return true;
}

static bool take_effect(struct parser *p)
{
	static const struct {
		const char *word;
		enum effect_verb verb;
		bool (*take)(struct parser *p, struct effect *effect);
	} verbs[] = {
		{ "set", EFFECT_SET, effect_set },
		{ "stuck", EFFECT_STUCK, effect_point },
		{ "unstuck", EFFECT_UNSTUCK, effect_point },
		{ "silent", EFFECT_SILENT, effect_device },
		{ "answers", EFFECT_ANSWERS, effect_device },
		{ "fault", EFFECT_FAULT, effect_fault },
		{ "reset", EFFECT_RESET, effect_plain },
	};
	const char *word = words_take(&p->words);
	struct effect *effect;

	for (size_t i = 0; word && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(word, verbs[i].word) != 0)
			continue;
		effect = arena_alloc(&p->scenario->arena, sizeof(*effect));
		effect->verb = verbs[i].verb;
		*p->effect_end = effect;
		p->effect_end = &effect->next;
		return verbs[i].take(p, effect) && expect_end(&p->words, &p->fault);
	}
	return fault_set(&p->fault,
		"\"%s\" is no effect: set, stuck, unstuck, silent, answers, fault or reset", word);
}

/* Events --------------------------------------------------------------------- */

static bool take_parameter(struct parser *p, char *word, struct pattern_word *pattern)
{
	char *fallback = strchr(word, '=');

	if (fallback)
		*fallback++ = '\0';
	for (enum name_kind kind = NAME_ZONE; kind <= NAME_DEVICE; kind++) {
		if (strcasecmp(word, name_kind_word(kind)) != 0)
			continue;
		pattern->kind = kind;
		pattern->optional = fallback != NULL;
		return !fallback ||
		       name_find(p->site, kind, fallback, &pattern->fallback, &p->fault);
	}
	return fault_set(&p->fault, "\"%s\" is no kind of parameter: ZONE, POINT or DEVICE", word);
}

static bool take_pattern(struct parser *p, struct event *event)
{
	char *text = arena_strdup(&p->scenario->arena, "");

	while (!words_accept(&p->words, ":")) {
		struct pattern_word *pattern = &event->words[event->word_count];
		const char *word = words_take(&p->words);

		if (!word)
			return fault_set(&p->fault, "a \":\" must follow the event's name");
		if (event->word_count == PATTERN_MAX)
			return fault_set(&p->fault, "more than %d words", PATTERN_MAX);
		text = arena_printf(&p->scenario->arena, "%s%s%s", text, *text ? " " : "", word);
		event->word_count++;
		pattern->literal =
			is_parameter(word) ? NULL : arena_strdup(&p->scenario->arena, word);
		if (!pattern->literal &&
			!take_parameter(p, arena_strdup(&p->scenario->arena, word), pattern))
			return false;
	}
	event->text = text;
	if (event->word_count == 0 || !event->words[0].literal)
		return fault_set(&p->fault, "an event begins with its name");
	return true;
}

static bool line_event(struct parser *p)
{
	struct event *event = arena_alloc(&p->scenario->arena, sizeof(*event));

	/* Even if this line is wrong, the indented ones below it are its own. */
	p->event = event;
	p->effect_end = &event->effects;
	if (!take_pattern(p, event))
		return false;
	*p->event_end = event;
	p->event_end = &event->next;
	return words_peek(&p->words) ? take_effect(p) : true;
}

static bool take_line(struct parser *p, bool indented)
{
	static const struct {
		const char *word;
		bool (*take)(struct parser *p);
	} lines[] = {
		{ "relay", line_relay },
		{ "normal", line_normal },
		{ "noise", line_noise },
		{ "follow", line_follow },
		{ "event", line_event },
	};
	const char *word = words_peek(&p->words);

	if (indented && p->event)
		return take_effect(p);
	if (indented)
		return fault_set(&p->fault, "an indented line needs an event above it");
	p->event = NULL;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (words_accept(&p->words, lines[i].word))
			return lines[i].take(p) && expect_end(&p->words, &p->fault);
	return fault_set(
		&p->fault, "\"%s\" begins no line: relay, normal, noise, follow or event", word);
}

unsigned scenario_read(struct scenario *scenario, const struct site *site, FILE *in,
	const char *name, FILE *errors)
{
	struct parser p = { .scenario = scenario, .site = site };
	char line[LINE_SIZE];
	unsigned count = 0;

	*scenario = (struct scenario){ .relay_ms = -1 };
	p.opening_end = &scenario->openings;
	p.event_end = &scenario->events;
	for (unsigned number = 1; fgets(line, sizeof(line), in); number++) {
		bool indented = isspace((unsigned char)line[0]);
		bool whole = strchr(line, '\n') || feof(in), good;

		good = whole ? words_split(&p.words, line) : false;
		if (!good)
			fault_set(&p.fault, "the line is too long");
		else if (p.words.count > 0)
			good = take_line(&p, indented);
		if (!good) {
			fprintf(errors, "%s:%u: %s\n", name, number, p.fault.text);
			count++;
		}
		for (int c = 0; !whole && c != '\n' && c != EOF;)
			c = getc(in);
	}
	return count;
}

void scenario_release(struct scenario *scenario)
{
	arena_free(&scenario->arena);
}
