/* Numbers, entries, commits, and what goes on after a restart. */
#include "daemon/record/record.h"

#include "core/log.h"
#include "core/owner.h"
#include "daemon/base/wall.h"
#include "daemon/record/gate.h"
#include "daemon/record/intent.h"
#include "daemon/record/used.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BALLAST_BYTES = 4 * 1024 * 1024, ERROR_MAX = 256, BOOT_ID_MAX = 40 };

/*
 * The ticket of a stream message at MQTT is its sequence, with this bit for a notice. The
 * journal's tickets are those of intents, or this other one.
 */
#define TICKET_NOTICE (UINT64_C(1) << 62)
#define TICKET_PLAIN (UINT64_C(1) << 61)

struct record {
	struct record_ports ports;
	const struct record_loader *loader; /* while it is opened */
	struct journal *journal;
	struct mqtt *mqtt;
	struct gate *gate;
	struct gate_events gate_events;
	struct journal_events journal_events;
	struct intents *intents;
	struct used *used;
	int64_t within_ms;
	char run[9];       /* random, of this run: the first half of event ids */
	uint64_t sequence; /* of the last event, across runs */
	char boot_id[BOOT_ID_MAX];
	struct moment opened;
	struct journal_found found;
	uint64_t loaded;      /* the sequence that it had when it was opened */
	struct reboot reboot; /* turns the last run's boot times into this one's */
	bool uncommitted, delivered_uncommitted; /* put in the journal since the last commit */
	uint64_t commits, kept;                  /* given to the journal; ended, in their order */
	bool rows_lost, is_ending;
};

/* The gate ----------------------------------------------------------------- */

static void on_pass(struct gate_events *events, const struct mqtt_publish *message)
{
	struct record *record = OWNER_OF(events, struct record, gate_events);
	const char *topic = message->full_topic ? message->full_topic : message->topic;

	if (mqtt_publish(record->mqtt, message) < 0)
		log_error("mqtt: out of memory: %s is lost", topic);
}

static void on_answers(struct gate_events *events, uint64_t mark)
{
	struct record *record = OWNER_OF(events, struct record, gate_events);

	record->ports.answers(record->ports.context, mark);
}

/* The other half is left for the broker, where an intent to write waits for either. */
void record_set_within(struct record *record, int64_t within_ms)
{
	record->within_ms = within_ms;
	gate_set_hold(record->gate, within_ms / 2);
}

/* The commit that will hold all that was put so far. */
static uint64_t mark_now(const struct record *record)
{
	return record->commits + record->uncommitted;
}

void record_say(struct record *record, const struct mqtt_publish *message, struct moment moment)
{
	gate_put(record->gate, message, GATE_WRITTEN, mark_now(record), moment.now_ms);
}

void record_reply(struct record *record, const struct mqtt_publish *message, struct moment moment)
{
	gate_put(record->gate, message, GATE_KEPT, mark_now(record), moment.now_ms);
}

bool record_answer_waits(struct record *record, struct moment moment, uint64_t *mark)
{
	*mark = mark_now(record);
	return gate_answer(record->gate, *mark, moment.now_ms);
}

void record_expire(struct record *record, struct moment moment)
{
	gate_expire(record->gate, moment.now_ms);
	intents_expire(record->intents, moment.now_ms);
}

int64_t record_deadline(const struct record *record)
{
	int64_t gate_ms = gate_deadline(record->gate);
	int64_t intents_ms = intents_deadline(record->intents);

	return gate_ms < intents_ms ? gate_ms : intents_ms;
}

void record_end_saying(struct record *record)
{
	gate_free(record->gate);
	record->gate = NULL;
	record->is_ending = true;
}

/* What is kept ------------------------------------------------------------- */

struct event_name record_name(struct record *record)
{
	struct event_name name = { .sequence = ++record->sequence };

	snprintf(name.id, sizeof(name.id), "%s-%" PRIu64, record->run, name.sequence);
	return name;
}

/* A change that found the queue full gives up its commit: the rows mend that later. */
static void put(struct record *record, int error)
{
	if (error < 0)
		record->rows_lost = true;
	record->uncommitted = true;
}

void record_event(struct record *record, const struct record_event *event, struct moment moment)
{
	const struct journal_entry entry = {
		.sequence = event->sequence,
		.event_id = event->event_id,
		.kind = event->kind,
		.topic = event->topic,
		.incident_id = event->incident_id,
		.user = event->user,
		.payload = event->payload,
		.wall_ms = moment.wall_ms,
	};
	const struct mqtt_publish message = {
		.kind = MQTT_STREAM,
		.topic = event->topic,
		.payload = event->payload,
		.length = event->length,
		.ticket = event->sequence | (event->notice ? TICKET_NOTICE : 0),
	};

	put(record, journal_put_entry(record->journal, &entry));
	record_say(record, &message, moment);
}

void record_command(struct record *record, const char *user, const char *line, struct moment moment)
{
	const struct event_name name = record_name(record);
	json_t *json = json_pack("{s:s, s:s}", "user", user, "command", line);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	const struct journal_entry entry = {
		.sequence = name.sequence,
		.event_id = name.id,
		.kind = "command",
		.user = user,
		.payload = text,
		.wall_ms = moment.wall_ms,
	};

	if (text)
		put(record, journal_put_entry(record->journal, &entry));
	json_decref(json);
	free(text);
}

void record_row(struct record *record, const char *id, const char *text)
{
	put(record, text ? journal_put_snapshot(record->journal, id, text)
			 : journal_drop_snapshot(record->journal, id));
}

static void put_used(void *context, const char *id, const char *text)
{
	record_row(context, id, text);
}

int record_use(struct record *record, const char *user, const char *id, int64_t lasts_ms,
	bool passing, struct moment moment)
{
	return used_take(record->used, user, id, moment.now_ms + lasts_ms, passing, moment.now_ms);
}

bool record_take_rows_lost(struct record *record)
{
	bool lost = journal_take_renewed(record->journal) || record->rows_lost;

	record->rows_lost = false;
	if (lost)
		used_keep(record->used);
	return lost;
}

void record_commit(struct record *record, uint64_t ticket, struct moment moment)
{
	journal_put_counters(record->journal, record->sequence + 1,
		record->ports.serial(record->ports.context), moment.now_ms, moment.wall_ms,
		record->boot_id);
	/* Where the queue was full it is still to be done. */
	record->uncommitted = journal_commit(record->journal, ticket ? ticket : TICKET_PLAIN) < 0;
	record->commits += !record->uncommitted;
	record->delivered_uncommitted = false;
}

/* `note` NULL: it has none. */
static char *write_text(const char *event_word, const struct intent *intent, const char *note,
	const struct event_name *name, struct moment moment)
{
	char time[CLOCK_TEXT_MAX];
	json_t *json = json_pack(
		"{s:i, s:s, s:I, s:s, s:s, s:b, s:b, s:s?, s:s?, s:s, s:f, s:s, s:s*}", "v", 1,
		"id", name->id, "seq", (json_int_t)name->sequence, "event", event_word, "time",
		clock_format(moment.wall_ms, time), "replayed", 0, "drill", intent->drill,
		"incident_id", *intent->incident_id ? intent->incident_id : NULL, "step",
		intent->step, "output", intent->output->id, "value", intent->value, "user",
		intent->shown, "note", note);
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	json_decref(json);
	return text;
}

static void put_write(struct record *record, const char *kind, const struct intent *intent,
	const struct event_name *name, const char *text, struct moment moment)
{
	const struct record_event event = {
		.sequence = name->sequence,
		.event_id = name->id,
		.kind = kind,
		.topic = "alert",
		.incident_id = intent->incident_id,
		.user = intent->user,
		.payload = text,
		.length = strlen(text),
	};

	record_event(record, &event, moment);
}

void record_intent(
	struct record *record, const struct intent *intent, uint64_t ticket, struct moment moment)
{
	const struct event_name name = record_name(record);
	char *text =
		write_text(word_id(WORD_WRITE, WORD_WRITE_INTENT), intent, NULL, &name, moment);

	/* Without memory nobody is told, so nothing will be written: held, then expired. */
	intents_hold(record->intents, ticket, name.sequence, moment.now_ms + record->within_ms);
	if (!text)
		return;
	log_info("%s%s: intends to set %s to %g by %s",
		*intent->incident_id ? "incident " : "a hand", intent->incident_id,
		intent->output->id, intent->value, intent->user);
	put_write(record, "intent", intent, &name, text, moment);
	record_commit(record, ticket, moment);
	free(text);
}

void record_restored(
	struct record *record, const struct intent *done, const char *note, struct moment moment)
{
	const struct event_name name = record_name(record);
	char *text =
		write_text(word_id(WORD_WRITE, WORD_WRITE_RESTORED), done, note, &name, moment);

	if (text)
		put_write(record, "restored", done, &name, text, moment);
	free(text);
}

void record_settle(struct record *record, struct moment moment)
{
	if (record->uncommitted)
		record_commit(record, 0, moment);
}

void record_sweep(struct record *record, struct moment moment)
{
	if (record->uncommitted || record->delivered_uncommitted)
		record_commit(record, 0, moment);
}

static void on_written(struct journal_events *events, uint64_t commits)
{
	gate_written(OWNER_OF(events, struct record, journal_events)->gate, commits);
}

static void on_kept(struct journal_events *events, uint64_t ticket, int error)
{
	struct record *record = OWNER_OF(events, struct record, journal_events);

	record->ports.kept(record->ports.context, ticket, error);
}

static void on_answered(struct journal_events *events, uint64_t ticket, struct journal_page *page)
{
	struct record *record = OWNER_OF(events, struct record, journal_events);

	record->ports.answered(record->ports.context, ticket, page);
}

void record_kept(struct record *record, uint64_t ticket, int error, struct moment moment)
{
	record->kept++;
	if (error)
		record->rows_lost = true;
	gate_kept(record->gate, record->kept, moment.now_ms);
	intents_kept(record->intents, ticket, error, moment.now_ms);
}

bool record_is_notice(uint64_t ticket)
{
	return ticket & TICKET_NOTICE;
}

void record_delivered(struct record *record, uint64_t ticket, int reason_code, struct moment moment)
{
	/* Not worth a commit of its own: after a crash it is resent, marked, with the same id. */
	record->delivered_uncommitted = true;
	if (journal_delivered(record->journal, ticket & ~TICKET_NOTICE) < 0)
		record->rows_lost = true;
	/* At the end all but the journal has ended, or is ending: nobody could write any more. */
	if (!record->is_ending && !record_is_notice(ticket))
		intents_delivered(record->intents, ticket, reason_code, moment.now_ms);
}

struct journal *record_journal(struct record *record)
{
	return record->journal;
}

/* What the last run has left ------------------------------------------------ */

/* Linux's name of this boot: where it is another one, the last run's boot times are shifted. */
static void read_boot_id(char text[static BOOT_ID_MAX])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(text, BOOT_ID_MAX, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
}

static void name_run(struct record *record)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (uint32_t)record->opened.wall_ms;
	snprintf(record->run, sizeof(record->run), "%08x", number);
}

/* Seconds of the wall clock are more than what anybody has counted: no number repeats. */
static uint64_t number_ahead(const struct record *record)
{
	return (uint64_t)(record->opened.wall_ms / 1000);
}

static void load_counters(void *context, uint64_t next_sequence, uint64_t next_serial,
	int64_t saved_now_ms, int64_t saved_wall_ms, const char *boot_id)
{
	struct record *record = context;
	/* With a disk that hung, ids later than these may have been told: time is ahead of them. */
	uint64_t serial = number_ahead(record);
	int64_t offset_ms = record->opened.wall_ms - record->opened.now_ms;
	int64_t saved_ms = saved_wall_ms - saved_now_ms;
	struct reboot *reboot = &record->reboot;

	if (next_sequence > 0)
		record->sequence = next_sequence - 1;
	if (serial < next_serial)
		serial = next_serial;
	if (boot_id && strcmp(boot_id, record->boot_id) == 0)
		/* The same boot: what was told goes on with the times with which it was told. */
		offset_ms = wall_offset_ms(saved_ms, offset_ms);
	else if (boot_id && *boot_id)
		*reboot = (struct reboot){ .rebooted = true, .shift_ms = saved_ms - offset_ms };
	if (boot_id && *boot_id)
		reboot->still_ms = record->opened.now_ms - saved_now_ms;
	reboot->offset_ms = saved_ms;
	reboot->newest_ms = saved_wall_ms;
	record->loader->counters(record->loader->context, serial, reboot, offset_ms);
}

static void load_row(void *context, const char *id, const char *text)
{
	const struct record *record = context;
	const struct record_loader *loader = record->loader;

	if (!used_load(record->used, id, text, record->reboot.shift_ms, record->opened.now_ms))
		loader->row(loader->context, id, text);
}

static void load_raised(void *context, int number, const char *zone, int64_t wall_ms)
{
	const struct record_loader *loader = ((struct record *)context)->loader;

	loader->raised(loader->context, number, zone, wall_ms);
}

static void load_waiting(void *context, const struct journal_entry *entry)
{
	struct record *record = context;
	struct mqtt_publish message = {
		.kind = MQTT_STREAM,
		.topic = entry->topic,
		.ticket = entry->sequence,
	};
	char *payload = mqtt_replayed(entry->payload, strlen(entry->payload), &message.length);

	message.payload = payload;
	if (!payload || mqtt_publish(record->mqtt, &message) < 0)
		log_error("mqtt: out of memory: %s waits for the next start", entry->event_id);
	free(payload);
}

struct record *record_new(struct mqtt *mqtt, const struct record_ports *ports)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->ports = *ports;
	record->mqtt = mqtt;
	record->gate_events = (struct gate_events){ on_pass, on_answers };
	record->journal_events = (struct journal_events){ on_written, on_kept, on_answered };
	record->gate = gate_new(0, &record->gate_events);
	record->intents = intents_new(ports->intent_ended, ports->context);
	record->used = used_new(put_used, record);
	if (record->gate && record->intents && record->used)
		return record;
	record_close(record, 0);
	return NULL;
}

/* More was told than this journal knows: what it counted may have been given. */
static bool is_ahead(const struct record *record)
{
	const struct journal_mark *mark = &record->found.mark;

	return record->found.damaged || (mark->id[0] && (strcmp(mark->id, record->found.id) != 0 ||
								mark->sequence > record->loaded));
}

bool record_open(struct record *record, const struct record_settings *settings,
	const struct record_loader *loader, sd_event *event, struct moment moment)
{
	const struct journal_settings journal = { settings->directory, settings->retention_ms,
		settings->size_max, BALLAST_BYTES };
	const struct journal_loader load = { record, load_counters, load_row, load_waiting,
		load_raised, loader->raised_since_ms };
	char error[ERROR_MAX] = "out of memory";

	record->loader = loader;
	record->opened = moment;
	record_set_within(record, settings->within_ms);
	name_run(record);
	read_boot_id(record->boot_id);
	record->journal = journal_open(&journal, &load, event, &record->journal_events,
		&record->found, error, sizeof(error));
	record->loader = NULL;
	if (!record->journal) {
		log_error("journal: %s", error);
		return false;
	}
	record->loaded = record->sequence;
	if (is_ahead(record) && record->sequence < number_ahead(record))
		record->sequence = number_ahead(record);
	if (record->found.damaged)
		log_error(
			"journal: it was damaged; a new one is begun, the old one kept beside it");
	record->rows_lost = record->found.damaged;
	return true;
}

const struct journal_found *record_found(const struct record *record, uint64_t *sequence)
{
	*sequence = record->loaded;
	return &record->found;
}

const char *record_journal_id(const struct record *record)
{
	return record->found.id;
}

void record_go_beyond(struct record *record, uint64_t sequence)
{
	if (record->sequence < sequence)
		record->sequence = sequence;
}

uint64_t record_sequence(const struct record *record)
{
	return record->sequence;
}

void record_close(struct record *record, int64_t timeout_ms)
{
	if (!record)
		return;
	journal_close(record->journal, timeout_ms);
	gate_free(record->gate);
	intents_free(record->intents);
	used_free(record->used);
	free(record);
}
