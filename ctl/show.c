/* Documents as people read them: see show.h. */
#include "ctl/show.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

/* A word of ours in both languages, and how its line begins. */
struct word {
	const char *key, *zh, *en, *mark;
	enum colour colour;
};

static const struct word event_words[] = {
	{ "raised", "发生", "RAISED", "▲", RED },
	{ "reraised", "再次发生", "RAISED AGAIN", "▲", RED },
	{ "cause", "原因变化", "causes changed", "·", YELLOW },
	{ "returned", "恢复正常", "back to normal", "▽", GREEN },
	{ "acknowledged", "已确认", "acknowledged", "✓", CYAN },
	{ "step", "步骤", "step", "✓", CYAN },
	{ "action", "设备动作", "machine", "⚙", YELLOW },
	{ "closed", "结束", "CLOSED", "■", GREEN },
	{ "overdue", "逾期未完成", "OVERDUE", "⏰", RED },
	{ "reminder", "催办", "reminder", "⏰", YELLOW },
	{ "escalated", "逐级上报", "ESCALATED", "⇧", RED },
	{ "shelved", "已搁置", "shelved", "⏸", YELLOW },
	{ "unshelved", "取消搁置", "back from the shelf", "▶", YELLOW },
	{ "suppressed", "由其他事件引起，暂不通知", "explained by another", "⏸", DIM },
	{ "unsuppressed", "恢复通知", "no longer explained by another", "▶", YELLOW },
	{ "out-of-service", "停用", "out of service", "⏻", YELLOW },
	{ "in-service", "恢复使用", "in service again", "▶", GREEN },
	{ "handed-over", "已移交", "handed over", "→", GREEN },
	{ "chatter", "反复触发", "chatters", "≈", YELLOW },
	{ NULL },
};

static const struct word severity_words[] = {
	{ "critical", "特急", "CRITICAL", "", RED },
	{ "high", "紧急", "HIGH", "", RED },
	{ "medium", "重要", "MEDIUM", "", YELLOW },
	{ "low", "一般", "LOW", "", CYAN },
	{ NULL },
};

static const struct word action_words[] = {
	{ "advised", "请人工操作", "a person should switch", "→", YELLOW },
	{ "awaiting", "等待人工放行", "waits for a person's release", "?", YELLOW },
	{ "wanted", "正在执行", "is being done", "…", YELLOW },
	{ "done", "已完成，回读证实", "done, proved by read-back", "✔", GREEN },
	{ "failed", "失败，请现场处理", "FAILED, act on the spot", "✘", RED },
	{ "refused", "未执行", "not done", "✘", RED },
	{ "overtaken", "已无必要", "no longer needed", "-", DIM },
	{ "restored", "已复位", "put back", "↺", GREEN },
	{ NULL },
};

static const struct word output_words[] = {
	{ "confirmed", "已证实", "proved", "✔", GREEN },
	{ "unproven", "未证实", "not proved", "?", RED },
	{ "failed", "失败", "failed", "✘", RED },
	{ "refused", "不动作", "left alone", "-", YELLOW },
	{ "advised", "建议", "advised", "→", YELLOW },
	{ NULL },
};

static const struct word *find_word(const struct word *words, const char *key)
{
	for (; words->key; words++)
		if (strcmp(words->key, key) == 0)
			return words;
	return NULL;
}

static void paint(const struct show *show, enum colour colour)
{
	if (show->colour)
		fputs(codes[colour], show->out);
}

static const char *in_language(const struct show *show, const struct word *word)
{
	return show->chinese ? word->zh : word->en;
}

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* object[key] = { "zh": ..., "en": ... } in the person's language. */
static const char *text_of(const struct show *show, const json_t *object, const char *key)
{
	return string_of(json_object_get(object, key), show->chinese ? "zh" : "en");
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
		fputs(show->chinese ? "无数值" : "no value", show->out);
	fputc('\n', show->out);
}

static void print_causes(const struct show *show, const json_t *incident)
{
	const json_t *cause, *reading;
	size_t i, j;

	json_array_foreach (json_object_get(incident, "causes"), i, cause) {
		fprintf(show->out, "           %s %s\n", show->chinese ? "原因" : "because",
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
		fprintf(show->out, "%s%s", i ? (show->chinese ? "、" : ", ") : " ",
			string_of(role, show->chinese ? "zh" : "en"));
	paint(show, PLAIN);
}

static void print_outputs(const struct show *show, const json_t *action)
{
	const json_t *output;
	size_t i;

	json_array_foreach (json_object_get(action, "outputs"), i, output) {
		const struct word *word = find_word(output_words, string_of(output, "state"));
		const char *error = string_of(output, "error");

		fprintf(show->out, "               %s → %s ", text_of(show, output, "name"),
			text_of(show, output, "text"));
		if (word) {
			paint(show, word->colour);
			fprintf(show->out, "%s %s", word->mark, in_language(show, word));
			paint(show, PLAIN);
		}
		fprintf(show->out, "%s%s\n", *error ? ": " : "", error);
	}
}

static void print_action(const struct show *show, const json_t *action)
{
	const struct word *word = find_word(action_words, string_of(action, "state"));

	if (!word)
		return;
	fputs("             ", show->out);
	paint(show, word->colour);
	fprintf(show->out, "%s %s: %s\n", word->mark, text_of(show, action, "name"),
		in_language(show, word));
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
		fprintf(show->out, " (%s %.8s)", show->chinese ? "最迟" : "by", deadline + 11);
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

static void print_event(const struct show *show, const json_t *alert, const struct word *event)
{
	const json_t *incident = json_object_get(alert, "incident");
	const struct word *severity = find_word(severity_words, string_of(incident, "severity"));
	const char *user = string_of(alert, "user"), *note = string_of(alert, "note");

	print_time(show, string_of(alert, "time"));
	if (json_is_true(json_object_get(alert, "replayed")))
		fputs(show->chinese ? "[补发] " : "[replayed] ", show->out);
	if (json_is_true(json_object_get(alert, "drill")))
		fputs(show->chinese ? "[演练] " : "[drill] ", show->out);
	paint(show, event->colour);
	fprintf(show->out, "%s %s", event->mark, in_language(show, event));
	if (severity && event->colour == RED)
		fprintf(show->out, " %s", in_language(show, severity));
	paint(show, PLAIN);
	fputs("  ", show->out);
	print_title(show, incident);
	if (*user && strcmp(user, "facilityd") != 0)
		fprintf(show->out, "  %s %s", show->chinese ? "由" : "by", user);
	if (*note)
		fprintf(show->out, ": %s", note);
	fputc('\n', show->out);
}

static void print_alert(const struct show *show, const json_t *alert)
{
	const char *name = string_of(alert, "event");
	const struct word *event = find_word(event_words, name);
	const json_t *incident = json_object_get(alert, "incident");
	const json_t *step;

	/* An intent is for the record: what became of it follows. */
	if (!event || !incident)
		return;
	print_event(show, alert, event);
	step = find_step(incident, string_of(alert, "step"));
	if (step)
		print_step(show, step, strcmp(name, "action") == 0);
	if (strcmp(name, "raised") == 0 || strcmp(name, "reraised") == 0) {
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
	fprintf(show->out, "! %s", show->chinese ? "系统故障" : "trouble");
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
	fprintf(show->out, "%s", show->chinese ? "故障消除" : "trouble over");
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
		show->chinese ? (online ? "在线" : "离线：画面不再更新")
			      : (online ? "online" : "OFFLINE: nothing here is current"),
		string_of(site, show->chinese ? "zh" : "en"));
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
	fprintf(show->out, "%s  ", show->chinese ? "未结束" : "open");
	print_title(show, incident);
	fprintf(show->out, "  %s\n", string_of(incident, "state"));
}

void show_incident(const struct show *show, const char *payload)
{
	if (*payload)
		with_document(show, payload, print_open);
}

bool show_locale_is_chinese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}
