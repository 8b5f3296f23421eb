#include "daemon/mqtt/talk.h"

#include "core/clock.h"
#include "core/log.h"

#include <stdlib.h>
#include <string.h>

enum { LEAVING_MS = 3000 /* at most, to end a connection and make it anew */ };

#define WORDS "facilityd/"

bool talk_tells(const struct talk *talk)
{
	return peer_tells(&talk->peer) && talk->leave != TALK_LEAVING;
}

bool talk_connected(struct talk *talk, int64_t now_ms)
{
	bool returned = talk->leave == TALK_RETURNING;

	if (returned)
		peer_returned(&talk->peer);
	else
		peer_connected(&talk->peer, now_ms);
	talk->leave = TALK_STAYING;
	return returned;
}

bool talk_lost(struct talk *talk, int64_t now_ms)
{
	/* Told twice, by the process and by its end. */
	if (talk->leave != TALK_STAYING && now_ms < talk->leaving_end_ms) {
		talk->leave = TALK_RETURNING;
		return true;
	}
	talk->leave = TALK_STAYING;
	peer_lost(&talk->peer, now_ms);
	return false;
}

/* A broker where nobody can be asked: not at each connect, since some end it for that. */
void talk_answered(struct talk *talk, int code, const char *words, int64_t now_ms)
{
	if (code < MQTT_REFUSED)
		return;
	log_warn(
		"mqtt: the broker refuses " WORDS
		"%s: %s: two runs of this site would not know of each other; check its access list",
		talk->peer.instance, words);
	talk->is_mute = true;
	peer_echo(&talk->peer, now_ms);
}

static void hear_word(struct talk *talk, const struct mqtt_message *message, int64_t now_ms)
{
	const char *instance = message->topic + strlen(WORDS);
	struct peer_word word;

	if (message->retained || !peer_parse(instance, message->payload, message->length, &word))
		return;
	if (strcmp(instance, talk->peer.instance) == 0)
		peer_echo(&talk->peer, now_ms);
	else
		peer_heard(&talk->peer, &word, now_ms);
}

bool talk_heard(struct talk *talk, const struct mqtt_message *message, int64_t now_ms)
{
	char other[MQTT_INSTANCE_SIZE];

	if (message->elsewhere)
		return false;
	if (strncmp(message->topic, WORDS, strlen(WORDS)) == 0) {
		hear_word(talk, message, now_ms);
		return true;
	}
	if (strcmp(message->topic, "state") != 0)
		return false;
	if (peer_other_online(talk->peer.instance, message->payload, message->length, other))
		peer_saw(&talk->peer, other, now_ms);
	return true;
}

static void say(struct talk *talk, const struct peer_word *word)
{
	char *text = peer_text(word);
	const struct port_message message = { .topic = talk->topic,
		.payload = text,
		.length = text ? strlen(text) : 0,
		.json = true };

	/* One that does not get through is a question without an answer. */
	if (text)
		port_publish(talk->port, &message, talk->number);
	free(text);
}

void talk_settle(struct talk *talk, int64_t now_ms)
{
	struct peer_word word;

	if (talk->leave == TALK_LEAVING && now_ms >= talk->leaving_end_ms)
		talk->leave = TALK_STAYING; /* it did not leave: with the will that it has, then */
	peer_tick(&talk->peer, now_ms);
	while (peer_say(&talk->peer, &word, now_ms)) {
		if (talk->is_mute)
			peer_echo(&talk->peer, now_ms);
		else
			say(talk, &word);
	}
}

void talk_reopen(struct talk *talk, bool with_will, bool connected, int64_t now_ms)
{
	port_set_will(talk->port, with_will);
	if (!connected)
		return;
	talk->leave = TALK_LEAVING;
	talk->leaving_end_ms = now_ms + LEAVING_MS;
	port_good_bye(talk->port, false, 0);
}

int64_t talk_deadline(const struct talk *talk, bool sweep_due)
{
	int64_t deadline_ms = CLOCK_NEVER;

	if (talk->peer.standing != MQTT_ACTIVE || talk->peer.wanted || sweep_due)
		deadline_ms = peer_deadline(&talk->peer);
	if (talk->leave == TALK_LEAVING && talk->leaving_end_ms < deadline_ms)
		deadline_ms = talk->leaving_end_ms;
	return deadline_ms;
}
