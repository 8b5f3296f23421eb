/*
 * MQTT (MQTT 5, QoS 1): the outbox, and behind it the port to facility-link, which is a process of
 * its own (link/port.h).
 *
 * mqtt_publish() never blocks and never fails silently: the message is kept in the outbox until
 * the broker has acknowledged it, is sent again when the connection was lost meanwhile, and, where
 * the broker refuses it for the moment, until it takes it.
 *
 * Outbox policy (promise 12): retained messages are kept one per topic, the newest; stream
 * messages (alert, notify) in order, at most settings.outbox_max, and when it is full the oldest
 * stream message is dropped, counted, and told as a trouble. What must survive a restart is the
 * journal's.
 *
 * Owner: whoever starts it. Loop thread only; nothing blocks but mqtt_stop().
 */
#ifndef DAEMON_MQTT_MQTT_H
#define DAEMON_MQTT_MQTT_H

#include "config/config.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

/* Reason codes of MQTT 5, section 2.4. */
enum { MQTT_NO_SUBSCRIBER = 0x10, MQTT_REFUSED = 0x80 };

/* What the broker's answer to a message, a reason code of MQTT 5, says of it. Pure. */
enum mqtt_outcome {
	MQTT_RECORDED, /* the broker has it, and somebody who is subscribed */
	MQTT_UNHEARD,  /* nobody is subscribed: the broker has not kept it */
	MQTT_NOT_NOW,  /* refused, but for the moment only */
	MQTT_NEVER,    /* refused */
};
enum mqtt_outcome mqtt_outcome(int reason_code);

struct mqtt;

struct mqtt_message {
	const char *topic;   /* below the prefix: "cmd/li/ack"; of settings.elsewhere the whole */
	const char *payload; /* NUL after the last byte; owned by the caller of the event */
	size_t length;       /* PORT_PACKET_MAX of link/port.h at most */
	bool retained;
	const char *response_topic; /* full topic; NULL: none */
	const void *correlation;    /* NULL: none */
	size_t correlation_length;
	bool elsewhere; /* not below the prefix */
};

/* Of two runs of one site one tells and writes. A run is one until it ends; see peer.h. */
enum mqtt_standing {
	MQTT_STARTING,    /* whether there is another is not known yet */
	MQTT_ASKING,      /* there is a trace of another, and it may still answer */
	MQTT_ACTIVE,      /* this one */
	MQTT_STANDING_BY, /* the other: nothing is published, and nothing to be written */
	MQTT_TAKEN_OVER,  /* the other is silent: told here, written only as a person says */
	MQTT_STANDING_COUNT
};
enum { MQTT_INSTANCE_SIZE = 17 };

struct mqtt_events {
	/*
	 * Also "not connected" while the broker is there but has not taken for a while what is
	 * published; then *why. After "connected" each thing that is retained is to be published
	 * anew.
	 */
	void (*connected)(struct mqtt_events *events, bool connected, const struct failure *why);
	/* A command arrived (cmd/<user>/<verb>). */
	void (*command)(struct mqtt_events *events, const struct mqtt_message *message);
	/*
	 * The broker holds a retained message below the prefix or settings.elsewhere (told after
	 * each connect): the daemon clears those that it does not own (promise 10). The index
	 * comes before incidents, these before outputs; NULL: that was all.
	 */
	void (*retained)(struct mqtt_events *events, const struct mqtt_message *message);
	/*
	 * The broker's last word on the message with this ticket: any outcome but MQTT_NOT_NOW.
	 */
	void (*delivered)(struct mqtt_events *events, uint64_t ticket, int reason_code);
	/* It is another than before. other: the instance of the other run; "": there is none. */
	void (*standing)(
		struct mqtt_events *events, enum mqtt_standing standing, const char *other);
};

/* A name for this run, by chance. */
void mqtt_name_instance(char instance[static MQTT_INSTANCE_SIZE]);

/*
 * prefix: "facility/<site>". The last will is <prefix>/state with will_payload, retained; none
 * while it stands by. The client's id is the settings' with "-<instance>".
 */
struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *instance, const char *will_payload, sd_event *loop, struct mqtt_events *events);

const char *mqtt_instance(const struct mqtt *mqtt);
enum mqtt_standing mqtt_standing(const struct mqtt *mqtt);
/* Stream messages that were dropped because the outbox was full, since the start. */
uint64_t mqtt_dropped(const struct mqtt *mqtt);
/* A person says that this run is the one. -EALREADY: it is. */
int mqtt_take_over(struct mqtt *mqtt);

/*
 * Tries to deliver what is left for up to timeout_ms, waits up to as long again until the broker
 * has acknowledged what it was sent by then, disconnects and frees. Of the events only delivered()
 * is still called, from within.
 */
void mqtt_stop(struct mqtt *mqtt, int64_t timeout_ms);

enum mqtt_kind {
	MQTT_RETAINED, /* newest per topic; an empty payload clears it on the broker */
	MQTT_STREAM,   /* every one, in order, exactly one per event id */
};

struct mqtt_publish {
	enum mqtt_kind kind;
	const char *topic;   /* below the prefix */
	const char *payload; /* copied */
	size_t length;
	uint64_t ticket; /* 0: delivered() is not wanted */
	/* replies: */
	const char *full_topic; /* instead of `topic`; NULL: none */
	const void *correlation;
	size_t correlation_length;
};

/* A copy whose texts, each with a NUL behind it, are where there is room for mqtt_texts_size(). */
size_t mqtt_texts_size(const struct mqtt_publish *publish);
struct mqtt_publish mqtt_copy(const struct mqtt_publish *publish, char *texts);

/*
 * The JSON document with its member `replayed` true, as of a message that was told before,
 * perhaps; a copy where the payload is none. NULL: out of memory. The caller frees it.
 */
char *mqtt_replayed(const char *payload, size_t size, size_t *length);

/*
 * 0, or -ENOMEM. A stream message that waited through an outage is marked as replayed. What is
 * retained goes nowhere while this run stands by; streams wait, and are dropped as delivered
 * whenever the other answers, who has told them.
 */
int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish);

#endif
