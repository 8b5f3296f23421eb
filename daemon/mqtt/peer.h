/*
 * Inside mqtt: two facilityd of one site (a copied card, the old machine after a move). Which
 * of them tells and writes, from the words that they say to each other, as a full table. Pure:
 * no clock, no broker; time is boot time, an argument.
 *
 * A run is alive only if it answers a question within PEER_ANSWER_MS. Of two that tell, the one
 * that has done so for longer goes on, of equals that with the lower instance; one that a person
 * has told to take over goes before both. The other stands by, asks now and then, and after
 * PEER_SILENCE_MS without an answer takes over the telling.
 */
#ifndef DAEMON_MQTT_PEER_H
#define DAEMON_MQTT_PEER_H

#include "daemon/mqtt/mqtt.h"

enum { PEER_ANSWER_MS = 5000, PEER_SILENCE_MS = 15000, PEER_PAUSE_MS = 1000 };

enum peer_event {
	PEER_ALONE,      /* the broker knows of no other */
	PEER_OTHER,      /* it knows one that is said to be online */
	PEER_UNREACHED,  /* no broker */
	PEER_CONNECTED,  /* a broker again */
	PEER_UNANSWERED, /* whoever was asked has had his time */
	PEER_STRONGER,   /* an answer: of one that goes before us */
	PEER_SILENT,     /* the one that we stand by for has not answered for long */
	PEER_TAKEOVER,   /* a person says so */
	PEER_EVENT_COUNT
};
enum mqtt_standing peer_next(enum mqtt_standing standing, enum peer_event event);

/* What one says on facilityd/<instance>: a question, or the answer to one. */
struct peer_word {
	bool is_answer;
	char instance[MQTT_INSTANCE_SIZE]; /* who says it */
	char to[MQTT_INSTANCE_SIZE];       /* of an answer: who had asked */
	int64_t number;                    /* of the question */
	int rank;                          /* 0: does not tell; the higher goes before */
	int64_t active_ms;                 /* for so long */
};
/* False: it is no such word. The topic has it too: `instance`. */
bool peer_parse(const char *instance, const char *payload, size_t length, struct peer_word *word);
/* free() it; NULL: out of memory. */
char *peer_text(const struct peer_word *word);
/* Of a document `state`: does it say that another than `instance` is online? Then which. */
bool peer_other_online(const char *instance, const char *payload, size_t length,
	char other[static MQTT_INSTANCE_SIZE]);

struct peer {
	char instance[MQTT_INSTANCE_SIZE];
	enum mqtt_standing standing;
	int rank, seen_rank;      /* ours while active; the highest of others */
	int64_t since_ms;         /* telling */
	int64_t start_ms;         /* of the run */
	int64_t asked_ms, number; /* the last question; 0: none */
	int64_t heard_ms;         /* the last answer of one that goes before us */
	bool connected, echoed;
	bool seen;                          /* another is said to be online */
	bool due, wanted;                   /* a question is; will be after a pause */
	char other[MQTT_INSTANCE_SIZE];     /* whom we stand by for, or have taken over from */
	char rival[MQTT_INSTANCE_SIZE];     /* another that tells */
	char answer_to[MQTT_INSTANCE_SIZE]; /* an answer is due; "": none */
	int64_t answer_number;
	bool renew; /* another has told here, and has stopped: what is retained is to be put right
		     */
	bool fresh; /* whoever goes before us has just answered: he has told all that we have not */
};

void peer_begin(struct peer *peer, const char *instance, int64_t now_ms);
bool peer_tells(const struct peer *peer);
void peer_connected(struct peer *peer, int64_t now_ms);
/* After it left of its own accord: as it was. */
void peer_returned(struct peer *peer);
void peer_lost(struct peer *peer, int64_t now_ms);
/* Our own question came back: what was retained before it has come. */
void peer_echo(struct peer *peer, int64_t now_ms);
void peer_saw(struct peer *peer, const char *other, int64_t now_ms);
void peer_heard(struct peer *peer, const struct peer_word *word, int64_t now_ms);
void peer_tick(struct peer *peer, int64_t now_ms);
/* -EALREADY: active already. */
int peer_take_over(struct peer *peer, int64_t now_ms);
/* What is to be said now; false: nothing. Only while connected. */
bool peer_say(struct peer *peer, struct peer_word *word, int64_t now_ms);
/* May what is retained and is not ours be cleared? Not while another answers, or still may. */
bool peer_may_sweep(const struct peer *peer, int64_t now_ms);
int64_t peer_deadline(const struct peer *peer); /* CLOCK_NEVER: nothing is due */

#endif
