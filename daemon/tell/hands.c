/* Persons' hands on outputs: whoever set one is told before it ends, and when a claim has ended it.
 */
#include "daemon/tell/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD_DAY_MS (24 * 3600 * 1000.0) /* a person is asked about what is held for longer */

/* What is to be told of one. */
struct telling {
	struct tell *tell;
	const struct output_claim *claim;
	const struct incident *incident; /* that ended it; NULL: none, or it is closed */
	struct moment moment;
	enum word_note note;
};

static void fill(const struct telling *telling, enum language language, const char *text,
	char out[static NOTE_MAX + 1])
{
	const struct hand *hand = telling->claim->hand;
	const char *output = telling->claim->output, *incident = hand ? hand->beaten_by : "";
	const char *by = hand ? people_shown(&telling->tell->plant->config->people, hand->by) : "";
	const struct word_part parts[] = { { "output", { output, output } },
		{ "incident", { incident, incident } }, { "by", { by, by } }, { NULL } };

	word_fill(out, NOTE_MAX + 1, language, text, parts);
}

/* What notes carry: the id, filled in; surfaces say it in their language. */
static void fill_note(
	const struct telling *telling, enum word_note note, char out[static NOTE_MAX + 1])
{
	fill(telling, LANGUAGE_EN, word_id(WORD_NOTE, note), out);
}

static void tell_reply(const struct telling *telling)
{
	char zh[NOTE_MAX + 1], en[NOTE_MAX + 1], topic[TELL_TOPIC_MAX];
	struct mqtt_publish message = { .kind = MQTT_STREAM, .topic = topic };
	const struct text what = { zh, en };
	char *document;

	fill(telling, LANGUAGE_ZH, word(LANGUAGE_ZH, WORD_NOTE, telling->note), zh);
	fill(telling, LANGUAGE_EN, word(LANGUAGE_EN, WORD_NOTE, telling->note), en);
	document = document_told(telling->claim->output, &what, &telling->moment);
	if (!document)
		return;
	snprintf(topic, sizeof(topic), "reply/%s", telling->claim->hand->by);
	message.payload = document;
	message.length = strlen(document);
	record_reply(telling->tell->record, &message, telling->moment);
	free(document);
}

/* A notice to a role about an output; the note as notes carry it. */
static void tell_role(const struct telling *telling, const struct role *role,
	enum transition_kind kind, const char *note)
{
	const struct output_claim *claim = telling->claim;

	tell_notice(telling->tell,
		(struct document_notice){ .event = transition_name(kind),
			.role = role,
			.note = note,
			.output = claim->output,
			.incident = telling->incident },
		claim->hand ? claim->hand->beaten_by : claim->incident, telling->moment);
}

static void tell_setter(const struct telling *telling)
{
	const struct role *roles[ACCOUNT_ROLE_MAX];
	size_t count = people_roles(
		&telling->tell->plant->config->people, telling->claim->hand->by, roles);
	char note[NOTE_MAX + 1];

	fill_note(telling, telling->note, note);
	tell_reply(telling);
	for (size_t i = 0; i < count; i++)
		tell_role(telling, roles[i], TRANSITION_CLAIM, note);
}

/* Its record says whose hand it ended. */
static void tell_incident_of(const struct telling *telling)
{
	char note[NOTE_MAX + 1];
	const struct transition transition = { TRANSITION_CLAIM, telling->incident, -1, "facilityd",
		note, telling->moment.now_ms };

	fill_note(telling, WORD_NOTE_ENDS_THE_HAND_OF_BY_ON_OUTPUT, note);
	tell_transition(telling->tell, &transition, telling->moment);
}

void tell_sweep_hands(struct tell *tell, struct moment moment)
{
	struct output_claim claim;

	for (size_t i = 0; outputs_claim(tell->plant->outputs, i, &claim); i++) {
		bool beaten = claim.hand && claim.hand->state == HAND_BEATEN;
		struct telling telling = { tell, &claim, NULL, moment,
			WORD_NOTE_THE_HAND_ON_OUTPUT_ENDS_SOON };

		if (!beaten && !(claim.hand && claim.hand->state == HAND_ENDING))
			continue;
		if (beaten) {
			telling.note = WORD_NOTE_THE_HAND_ON_OUTPUT_HAS_ENDED_INCIDENT;
			telling.incident = engine_find(tell->plant->engine, claim.hand->beaten_by);
		}
		if (telling.incident)
			tell_incident_of(&telling);
		tell_setter(&telling);
		outputs_hand_told(tell->plant->outputs, claim.output);
	}
}

/* As far as it fits. */
static void list_holders(const struct output_holders *holders, char text[static NOTE_MAX / 2 + 1])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < holders->count; i++) {
		const char *id = holders->incidents[i];

		if (used + strlen(id) + 3 > NOTE_MAX / 2)
			return;
		used += (size_t)sprintf(text + used, "%s%s", used ? ", " : "", id);
	}
}

void tell_sweep_restored(struct tell *tell, struct moment moment)
{
	const struct people *people = &tell->plant->config->people;
	struct output_holders holders;
	struct output_claim claim;

	while (outputs_ask_restored(tell->plant->outputs, &claim, &holders)) {
		const struct incident *open = engine_find(tell->plant->engine, claim.incident);
		const struct intent done = { claim.incident, *claim.step ? claim.step : NULL, false,
			claim.point, claim.value, claim.ended_by,
			people_shown(people, claim.ended_by) };
		char others[NOTE_MAX / 2 + 1], note[NOTE_MAX + 1] = "";
		const struct word_part parts[] = { { "holders", { others, others } }, { NULL } };

		list_holders(&holders, others);
		if (*others)
			word_fill(note, sizeof(note), LANGUAGE_EN,
				word_id(WORD_NOTE, WORD_NOTE_STILL_HELD_BY_HOLDERS), parts);
		record_restored(tell->record, &done, note, moment);
		if (open)
			tell_incident(tell, open, moment);
	}
}

static const struct role *held_role(const struct config *config)
{
	const struct plan *plan = &config->plan;

	for (size_t i = 0; config->daemon.held_role && i < plan->role_count; i++)
		if (strcmp(plan->roles[i].id, config->daemon.held_role) == 0)
			return &plan->roles[i];
	return NULL;
}

static struct telling telling_of(
	struct tell *tell, const struct output_claim *claim, struct moment moment)
{
	return (struct telling){ tell, claim,
		claim->hand ? NULL : engine_find(tell->plant->engine, claim->incident), moment,
		WORD_NOTE_OUTPUT_IS_STILL_HELD };
}

/* Without a role the troubles alone say so. */
void tell_sweep_held(struct tell *tell, struct moment moment)
{
	const struct config *config = tell->plant->config;
	const struct role *role = held_role(config);
	double day_ms = HELD_DAY_MS * config->daemon.deadline_scale;
	struct output_claim claim;
	char note[NOTE_MAX + 1];

	while (role &&
		outputs_ask_held(tell->plant->outputs, (int64_t)day_ms, moment.now_ms, &claim)) {
		const struct telling telling = telling_of(tell, &claim, moment);

		fill_note(&telling, telling.note, note);
		tell_role(&telling, role, TRANSITION_HELD, note);
	}
	while (role && outputs_ask_lost(tell->plant->outputs, &claim)) {
		const struct telling telling = telling_of(tell, &claim, moment);

		snprintf(note, sizeof(note), "%s: %s", claim.output,
			word_id(WORD_WRITE_REFUSAL,
				WORD_WRITE_REFUSAL_SWITCHED_BACK_BY_HAND_RESTORE_STRIKES_IT));
		tell_role(&telling, role, TRANSITION_LOST_FEEDBACK, note);
	}
}
