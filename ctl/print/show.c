/* Documents as people read them: see show.h. */
#include "ctl/print/show.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SAID_MAX = 256 };
enum colour { PLAIN, BOLD, DIM, RED, YELLOW, GREEN, CYAN };

static const char *const codes[] = {
	[PLAIN] = "\033[0m",
	[BOLD] = "\033[1m",
	[DIM] = "\033[2m",
	[RED] = "\033[1;31m",
	[YELLOW] = "\033[1;33m",
	[GREEN] = "\033[32m",
	[CYAN] = "\033[36m",
};

/* How a word of the table is shown. What is red is loud: in capitals, where letters have them. */
struct style {
	const char *mark;
	enum colour colour;
};

static const struct style event_styles[TRANSITION_KIND_COUNT] = {
	[TRANSITION_RAISED] = { "▲", RED },
	[TRANSITION_RERAISED] = { "▲", RED },
	[TRANSITION_RETURNED] = { "▽", GREEN },
	[TRANSITION_ACKNOWLEDGED] = { "✓", CYAN },
	[TRANSITION_STEP] = { "✓", CYAN },
	[TRANSITION_ACTION] = { "⚙", YELLOW },
	[TRANSITION_CLOSED] = { "■", GREEN },
	[TRANSITION_OVERDUE] = { "⏰", RED },
	[TRANSITION_REMINDER] = { "⏰", YELLOW },
	[TRANSITION_ESCALATED] = { "⇧", RED },
	[TRANSITION_SHELVED] = { "⏸", YELLOW },
	[TRANSITION_UNSHELVED] = { "▶", YELLOW },
	[TRANSITION_SUPPRESSED] = { "⏸", DIM },
	[TRANSITION_UNSUPPRESSED] = { "▶", YELLOW },
	[TRANSITION_OUT_OF_SERVICE] = { "⏻", YELLOW },
	[TRANSITION_IN_SERVICE] = { "▶", GREEN },
	[TRANSITION_HANDED_OVER] = { "→", GREEN },
	[TRANSITION_CHATTER] = { "≈", YELLOW },
};

static const struct style severity_styles[WORD_SEVERITY_COUNT] = {
	[WORD_SEVERITY_CRITICAL] = { "", RED },
	[WORD_SEVERITY_HIGH] = { "", RED },
	[WORD_SEVERITY_MEDIUM] = { "", YELLOW },
	[WORD_SEVERITY_LOW] = { "", CYAN },
};

static const struct style action_styles[WORD_ACTION_COUNT] = {
	[WORD_ACTION_ADVISED] = { "→", YELLOW },
	[WORD_ACTION_AWAITING] = { "?", YELLOW },
	[WORD_ACTION_WANTED] = { "…", YELLOW },
	[WORD_ACTION_DONE] = { "✔", GREEN },
	[WORD_ACTION_FAILED] = { "✘", RED },
	[WORD_ACTION_REFUSED] = { "✘", RED },
	[WORD_ACTION_OVERTAKEN] = { "-", DIM },
	[WORD_ACTION_RESTORED] = { "↺", GREEN },
};

static const struct style output_styles[WORD_OUTPUT_COUNT] = {
	[WORD_OUTPUT_CONFIRMED] = { "✔", GREEN },
	[WORD_OUTPUT_UNPROVEN] = { "?", RED },
	[WORD_OUTPUT_FAILED] = { "✘", RED },
	[WORD_OUTPUT_REFUSED] = { "-", YELLOW },
	[WORD_OUTPUT_ADVISED] = { "→", YELLOW },
};

/* Words without a style of their own, and those that only a newer facilityd knows. */
static const struct style no_style = { "·", YELLOW };

static const struct style *style_of(
	enum word_group group, const struct style *styles, const char *id)
{
	int i = word_find(group, id);

	return i >= 0 && styles[i].mark ? &styles[i] : &no_style;
}

static void paint(const struct show *show, enum colour colour)
{
	if (show->colour)
		fputs(codes[colour], show->out);
}

const char *show_word(const struct show *show, enum word_ctl of)
{
	return word(show->language, WORD_CTL, of);
}

static void print_word(
	const struct show *show, enum word_group group, const struct style *style, const char *id)
{
	for (const char *c = word_of(show->language, group, id); *c; c++)
		fputc(style->colour == RED && *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c,
			show->out);
}

/* "✔ done", in its colour. */
static void print_marked(
	const struct show *show, enum word_group group, const struct style *style, const char *id)
{
	paint(show, style->colour);
	fprintf(show->out, "%s%s", style->mark, *style->mark ? " " : "");
	print_word(show, group, style, id);
	paint(show, PLAIN);
}

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* What the machine has said in English, in the person's language; what a person said stays. */
static void said(
	const struct show *show, enum word_group group, const char *text, char out[static SAID_MAX])
{
	word_translate(out, SAID_MAX, show->language, group, text);
}

/* { "zh": ..., "en": ... } in the person's language, or in English. */
static const char *name_of(const struct show *show, const json_t *texts)
{
	const char *text = string_of(texts, language_id(show->language));

	return *text ? text : string_of(texts, "en");
}

static const char *text_of(const struct show *show, const json_t *object, const char *key)
{
	return name_of(show, json_object_get(object, key));
}

/* "2026-11-24T03:05:09.250+08:00" -> "03:05:09" */
static void print_time(const struct show *show, const char *time)
{
	paint(show, DIM);
	fprintf(show->out, "%.8s ", strlen(time) > 19 ? time + 11 : "        ");
	paint(show, PLAIN);
}

/* "2-f3-1b3xk" -> "2-f3", which names the open incident as well and is easier to type. */
static void print_short_id(const struct show *show, const char *id)
{
	const char *dash = strrchr(id, '-');

	paint(show, BOLD);
	fprintf(show->out, "%.*s", (int)(dash ? dash - id : (long)strlen(id)), id);
	paint(show, PLAIN);
}

static void print_title(const struct show *show, const json_t *incident)
{
	fprintf(show->out, "%s · %s  ", text_of(show, incident, "name"),
		text_of(show, incident, "zone_name"));
	print_short_id(show, string_of(incident, "id"));
}

static void print_reading(const struct show *show, const json_t *reading)
{
	const json_t *value = json_object_get(reading, "value");
	const char *text = text_of(show, reading, "text");

	fprintf(show->out, "             %s: ", text_of(show, reading, "name"));
	if (*text)
		fputs(text, show->out);
	else if (json_is_number(value))
		fprintf(show->out, "%g %s", json_number_value(value), string_of(reading, "unit"));
	else
		fputs(show_word(show, WORD_CTL_NO_VALUE), show->out);
	fputc('\n', show->out);
}

static void print_causes(const struct show *show, const json_t *incident)
{
	const json_t *cause, *reading;
	size_t i, j;

	json_array_foreach (json_object_get(incident, "causes"), i, cause) {
		fprintf(show->out, "           %s %s\n", show_word(show, WORD_CTL_BECAUSE),
			text_of(show, cause, "name"));
		json_array_foreach (json_object_get(cause, "readings"), j, reading)
			print_reading(show, reading);
	}
}

static void print_roles(const struct show *show, const json_t *step)
{
	const json_t *role;
	size_t i;

	paint(show, DIM);
	fputs("  —", show->out);
	json_array_foreach (json_object_get(step, "roles"), i, role)
		fprintf(show->out, "%s%s", i ? show_word(show, WORD_CTL_BETWEEN) : " ",
			name_of(show, role));
	paint(show, PLAIN);
}

static void print_outputs(const struct show *show, const json_t *action)
{
	const json_t *output;
	size_t i;

	json_array_foreach (json_object_get(action, "outputs"), i, output) {
		const char *state = string_of(output, "state");
		const struct style *style = style_of(WORD_OUTPUT, output_styles, state);
		char error[SAID_MAX];

		fprintf(show->out, "               %s → %s ", text_of(show, output, "name"),
			text_of(show, output, "text"));
		print_marked(show, WORD_OUTPUT, style, state);
		said(show, WORD_WRITE_REFUSAL, string_of(output, "error"), error);
		fprintf(show->out, "%s%s\n", *error ? ": " : "", error);
	}
}

static void print_action(const struct show *show, const json_t *action)
{
	const char *state = string_of(action, "state");
	const struct style *style = style_of(WORD_ACTION, action_styles, state);

	if (strcmp(state, "idle") == 0)
		return;
	fputs("             ", show->out);
	paint(show, style->colour);
	fprintf(show->out, "%s %s: ", style->mark, text_of(show, action, "name"));
	print_word(show, WORD_ACTION, style, state);
	fputc('\n', show->out);
	paint(show, PLAIN);
	print_outputs(show, action);
}

static void print_step(const struct show *show, const json_t *step, bool with_action)
{
	const json_t *action = json_object_get(step, "action");
	const char *status = string_of(step, "status");
	const char *deadline = string_of(step, "deadline");
	const char *box = strcmp(status, "done") == 0       ? "x"
			  : strcmp(status, "skipped") == 0  ? "-"
			  : strcmp(status, "failed") == 0   ? "!"
			  : strcmp(status, "accepted") == 0 ? "~"
							    : " ";

	fprintf(show->out, "           [%s] %-5s %s", box, string_of(step, "clause"),
		text_of(show, step, "text"));
	print_roles(show, step);
	if (strlen(deadline) > 19)
		fprintf(show->out, " (%s %.8s)", show_word(show, WORD_CTL_DEADLINE), deadline + 11);
	paint(show, DIM);
	fprintf(show->out, "  %s\n", string_of(step, "id"));
	paint(show, PLAIN);
	if (with_action && json_is_object(action))
		print_action(show, action);
}

static void print_steps(const struct show *show, const json_t *incident)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(incident, "steps"), i, step)
		if (strcmp(string_of(step, "applies"), "no") != 0)
			print_step(show, step, true);
}

static const json_t *find_step(const json_t *incident, const char *id)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(incident, "steps"), i, step)
		if (strcmp(string_of(step, "id"), id) == 0)
			return step;
	return NULL;
}

static void print_event(const struct show *show, const json_t *alert, const char *event)
{
	const json_t *incident = json_object_get(alert, "incident");
	const struct style *style = style_of(WORD_EVENT, event_styles, event);
	const char *severity = string_of(incident, "severity"), *user = string_of(alert, "user");
	char note[SAID_MAX];

	print_time(show, string_of(alert, "time"));
	if (json_is_true(json_object_get(alert, "replayed")))
		fprintf(show->out, "[%s] ", word(show->language, WORD_MARK, WORD_MARK_REPLAYED));
	if (json_is_true(json_object_get(alert, "drill")))
		fprintf(show->out, "[%s] ", word(show->language, WORD_MARK, WORD_MARK_DRILL));
	print_marked(show, WORD_EVENT, style, event);
	if (style->colour == RED) {
		fputc(' ', show->out);
		print_marked(show, WORD_SEVERITY,
			style_of(WORD_SEVERITY, severity_styles, severity), severity);
	}
	fputs("  ", show->out);
	print_title(show, incident);
	if (*user && strcmp(user, "facilityd") != 0)
		fprintf(show->out, "  %s %s", show_word(show, WORD_CTL_BY_USER), user);
	said(show, WORD_NOTE, string_of(alert, "note"), note);
	if (*note)
		fprintf(show->out, ": %s", note);
	fputc('\n', show->out);
}

static void print_alert(const struct show *show, const json_t *alert)
{
	const char *event = string_of(alert, "event");
	const json_t *incident = json_object_get(alert, "incident");
	const json_t *step;

	/* An intent is for the record: what became of it follows. */
	if (!incident)
		return;
	print_event(show, alert, event);
	step = find_step(incident, string_of(alert, "step"));
	if (step)
		print_step(show, step, strcmp(event, "action") == 0);
	if (strcmp(event, "raised") == 0 || strcmp(event, "reraised") == 0) {
		print_causes(show, incident);
		print_steps(show, incident);
	}
}

/* Parses and hands on; what is not JSON is told, not hidden. */
static void with_document(const struct show *show, const char *payload,
	void (*print)(const struct show *show, const json_t *document))
{
	json_t *document = json_loads(payload, 0, NULL);

	if (document)
		print(show, document);
	else
		fprintf(show->out, "not a document: %.60s\n", payload);
	json_decref(document);
	fflush(show->out);
}

void show_alert(const struct show *show, const char *payload)
{
	with_document(show, payload, print_alert);
}

static void print_trouble(const struct show *show, const json_t *trouble)
{
	print_time(show, string_of(trouble, "since"));
	paint(show, YELLOW);
	fprintf(show->out, "! %s", show_word(show, WORD_CTL_TROUBLE));
	paint(show, PLAIN);
	fprintf(show->out, "  %s\n", text_of(show, trouble, "text"));
}

void show_trouble(const struct show *show, const char *id, const char *payload)
{
	if (*payload) {
		with_document(show, payload, print_trouble);
		return;
	}
	fprintf(show->out, "         ");
	paint(show, GREEN);
	fprintf(show->out, "%s", show_word(show, WORD_CTL_TROUBLE_OVER));
	paint(show, PLAIN);
	fprintf(show->out, "  %s\n", id);
	fflush(show->out);
}

static void print_state(const struct show *show, const json_t *state)
{
	bool online = strcmp(string_of(state, "status"), "online") == 0;
	const json_t *site = json_object_get(state, "site");

	paint(show, online ? GREEN : RED);
	fprintf(show->out, "facilityd %s · %s\n",
		show_word(show, online ? WORD_CTL_ONLINE : WORD_CTL_OFFLINE), name_of(show, site));
	paint(show, PLAIN);
}

void show_state(const struct show *show, const char *payload)
{
	if (*payload)
		with_document(show, payload, print_state);
}

static void print_open(const struct show *show, const json_t *incident)
{
	print_time(show, string_of(incident, "raised"));
	fprintf(show->out, "%s  ", show_word(show, WORD_CTL_STILL_OPEN));
	print_title(show, incident);
	fprintf(show->out, "  %s\n",
		word_of(show->language, WORD_STATE, string_of(incident, "state")));
}

void show_incident(const struct show *show, const char *payload)
{
	if (*payload)
		with_document(show, payload, print_open);
}

enum language show_locale_language(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);
		char id[3] = "";
		int language;

		if (!value || !*value)
			continue;
		language = language_find(strncpy(id, value, 2));
		return language < 0 ? LANGUAGE_EN : (enum language)language;
	}
	return LANGUAGE_EN;
}
