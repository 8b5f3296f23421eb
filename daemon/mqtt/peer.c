/* Who tells: the table, and what of words, times and persons makes its events. */
#include "daemon/mqtt/peer.h"

#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RANK_TAKEN_OVER = 1, RANK_ACTIVE = 2 };

enum mqtt_standing peer_next(enum mqtt_standing standing, enum peer_event event)
{
	enum {
		START = MQTT_STARTING,
		ASK = MQTT_ASKING,
		ACTIVE = MQTT_ACTIVE,
		STAND = MQTT_STANDING_BY,
		TAKEN = MQTT_TAKEN_OVER
	};
	/*
	 * Without a broker nobody can be asked: what has begun watches the building; what has stood
	 * by goes on to, and is asked anew when a broker is back.
	 */
	static const unsigned char table[MQTT_STANDING_COUNT][PEER_EVENT_COUNT] = {
		/* alone, other, unreached, connected, unanswered, stronger, silent, takeover */
		[START] = { ACTIVE, ASK, ACTIVE, START, ACTIVE, STAND, START, ACTIVE },
		[ASK] = { ASK, ASK, ACTIVE, ASK, ACTIVE, STAND, ASK, ACTIVE },
		[ACTIVE] = { ACTIVE, ACTIVE, ACTIVE, ACTIVE, ACTIVE, STAND, ACTIVE, ACTIVE },
		[STAND] = { STAND, STAND, STAND, STAND, STAND, STAND, TAKEN, ACTIVE },
		[TAKEN] = { TAKEN, TAKEN, TAKEN, STAND, TAKEN, STAND, TAKEN, ACTIVE },
	};

	return (enum mqtt_standing)table[standing][event];
}

static void set(char to[static MQTT_INSTANCE_SIZE], const char *instance)
{
	snprintf(to, MQTT_INSTANCE_SIZE, "%s", instance);
}

static int rank_of(const struct peer *peer)
{
	if (peer->standing == MQTT_ACTIVE)
		return peer->rank;
	return peer->standing == MQTT_TAKEN_OVER ? RANK_TAKEN_OVER : 0;
}

bool peer_tells(const struct peer *peer)
{
	return rank_of(peer) > 0;
}

static void happens(struct peer *peer, enum peer_event event, int64_t now_ms)
{
	enum mqtt_standing before = peer->standing;

	peer->standing = peer_next(before, event);
	if (peer->standing == before)
		return;
	peer->since_ms = now_ms;
	if (peer->standing == MQTT_STANDING_BY) {
		peer->heard_ms = now_ms;
		peer->rival[0] = '\0';
		/* Whoever has heard us tell is to know that we have stopped. */
		peer->due = true;
	}
}

void peer_begin(struct peer *peer, const char *instance, int64_t now_ms)
{
	*peer = (struct peer){ .standing = MQTT_STARTING,
		.rank = RANK_ACTIVE,
		.start_ms = now_ms,
		.since_ms = now_ms };
	set(peer->instance, instance);
}

void peer_connected(struct peer *peer, int64_t now_ms)
{
	peer->connected = peer->due = true;
	peer->seen = peer->echoed = false;
	peer->asked_ms = 0;
	peer->heard_ms = now_ms;
	peer->rival[0] = peer->answer_to[0] = '\0';
	happens(peer, PEER_CONNECTED, now_ms);
}

void peer_returned(struct peer *peer)
{
	peer->connected = peer->due = true;
	peer->asked_ms = 0;
}

void peer_lost(struct peer *peer, int64_t now_ms)
{
	peer->connected = peer->due = peer->wanted = false;
	peer->asked_ms = 0;
	peer->answer_to[0] = '\0';
	happens(peer, PEER_UNREACHED, now_ms);
}

void peer_echo(struct peer *peer, int64_t now_ms)
{
	peer->echoed = true;
	if (!peer->seen)
		happens(peer, PEER_ALONE, now_ms);
}

/* Not faster than that, or two could talk without end. */
static void ask(struct peer *peer, int64_t now_ms)
{
	peer->due = peer->connected && now_ms - peer->asked_ms >= PEER_PAUSE_MS;
	peer->wanted = peer->connected && !peer->due;
}

void peer_saw(struct peer *peer, const char *other, int64_t now_ms)
{
	peer->seen = true;
	if (peer->standing != MQTT_STANDING_BY)
		set(peer->other, other);
	happens(peer, PEER_OTHER, now_ms);
	if (peer_tells(peer))
		ask(peer, now_ms);
}

/* Two moments of ours are around that in which he said for how long he has told. */
static bool goes_before(const struct peer *peer, const struct peer_word *word, int64_t now_ms)
{
	int ours = rank_of(peer);

	if (word->rank != ours)
		return word->rank > ours;
	if (word->active_ms > now_ms - peer->since_ms)
		return true;
	if (word->active_ms < peer->asked_ms - peer->since_ms)
		return false;
	return strcmp(word->instance, peer->instance) < 0;
}

static void hear_answer(struct peer *peer, const struct peer_word *word, int64_t now_ms)
{
	if (strcmp(word->to, peer->instance) != 0 || !peer->asked_ms ||
		word->number != peer->number || now_ms - peer->asked_ms > PEER_ANSWER_MS ||
		word->rank <= 0)
		return;
	if (!goes_before(peer, word, now_ms)) {
		set(peer->rival, word->instance);
		return;
	}
	set(peer->other, word->instance);
	happens(peer, PEER_STRONGER, now_ms);
	peer->heard_ms = now_ms;
	peer->fresh = true;
}

static void hear_question(struct peer *peer, const struct peer_word *word, int64_t now_ms)
{
	if (!peer_tells(peer))
		return;
	set(peer->answer_to, word->instance);
	peer->answer_number = word->number;
	if (word->rank > 0) {
		set(peer->rival, word->instance);
		ask(peer, now_ms);
	} else if (strcmp(word->instance, peer->rival) == 0) {
		peer->rival[0] = '\0';
		peer->renew = true;
	}
}

void peer_heard(struct peer *peer, const struct peer_word *word, int64_t now_ms)
{
	if (word->rank > peer->seen_rank)
		peer->seen_rank = word->rank;
	if (word->is_answer)
		hear_answer(peer, word, now_ms);
	else
		hear_question(peer, word, now_ms);
}

/* When the question that is open has had its time; before the first one it is the broker's. */
static int64_t unanswered_ms(const struct peer *peer)
{
	return (peer->asked_ms ? peer->asked_ms : peer->start_ms) + PEER_ANSWER_MS;
}

void peer_tick(struct peer *peer, int64_t now_ms)
{
	if (peer->wanted)
		ask(peer, now_ms);
	if (now_ms >= unanswered_ms(peer)) {
		happens(peer, PEER_UNANSWERED, now_ms);
		if (peer->standing == MQTT_STANDING_BY)
			ask(peer, now_ms);
	}
	if (now_ms >= peer->heard_ms + PEER_SILENCE_MS)
		happens(peer, PEER_SILENT, now_ms);
}

int peer_take_over(struct peer *peer, int64_t now_ms)
{
	if (peer->standing == MQTT_ACTIVE)
		return -EALREADY;
	peer->rank = (peer->seen_rank > RANK_ACTIVE ? peer->seen_rank : RANK_ACTIVE) + 1;
	happens(peer, PEER_TAKEOVER, now_ms);
	return 0;
}

bool peer_say(struct peer *peer, struct peer_word *word, int64_t now_ms)
{
	*word = (struct peer_word){ .rank = rank_of(peer) };
	set(word->instance, peer->instance);
	if (word->rank > 0)
		word->active_ms = now_ms - peer->since_ms;
	if (!peer->connected)
		return false;
	if (peer->answer_to[0]) {
		word->is_answer = true;
		word->number = peer->answer_number;
		set(word->to, peer->answer_to);
		peer->answer_to[0] = '\0';
		return true;
	}
	if (!peer->due)
		return false;
	peer->due = false;
	peer->asked_ms = now_ms;
	word->number = ++peer->number;
	return true;
}

bool peer_may_sweep(const struct peer *peer, int64_t now_ms)
{
	return peer->standing == MQTT_ACTIVE && peer->asked_ms && !peer->rival[0] &&
	       ((peer->echoed && !peer->seen) || now_ms >= unanswered_ms(peer));
}

int64_t peer_deadline(const struct peer *peer)
{
	int64_t silent_ms = peer->heard_ms + PEER_SILENCE_MS, asks_ms = unanswered_ms(peer);

	if (peer->wanted)
		return peer->asked_ms + PEER_PAUSE_MS;
	switch (peer->standing) {
	case MQTT_STARTING:
	case MQTT_ASKING:
		return asks_ms;
	case MQTT_STANDING_BY:
		return peer->connected && asks_ms < silent_ms ? asks_ms : silent_ms;
	case MQTT_ACTIVE: /* then it may sweep */
		return peer->asked_ms && !peer->rival[0] ? asks_ms : CLOCK_NEVER;
	default:
		return CLOCK_NEVER;
	}
}
