/*
 * The desk where people ask and order: commands of the broker and of the local socket
 * are carried out here, and answered when what they say is on disk, so that nobody is
 * told what a kill could undo. What an order has moved is its caller's to settle.
 *
 * Owns the local socket, and the answers that wait. Loop thread;
 * never blocks; time is a moment that is passed down.
 */
#ifndef DAEMON_PEOPLE_DESK_H
#define DAEMON_PEOPLE_DESK_H

#include "daemon/outputs/plant.h"
#include "daemon/people/command.h"
#include "daemon/record/record.h"

struct desk;

struct desk_ports {
	/* As bus_set_reading(). */
	void *buses;
	const struct reading *(*reading)(void *buses, const struct point *point);
	void *context;
	/* A request of the local socket has come: as desk_request(), with the moment of it. */
	struct local_answer (*request)(void *context, const struct local_request *request);
	/* As tell_stats(); and tell_aside(): an order about an incident that is not open, but lies
	 * on the broker. */
	void *tell;
	struct stats_view (*stats)(const void *tell, struct moment moment);
	const char *(*aside)(void *tell, const struct order *order, struct moment moment);
	/* As tell_unlocked(). */
	void (*unlocked)(
		void *tell, const struct lock *lock, const char *reason, struct moment moment);
};

/* NULL: out of memory. sink: of the engine, for what people's orders do. */
struct desk *desk_new(const struct plant *plant, struct engine_sink *sink,
	const struct trouble_list *troubles, const struct desk_ports *ports, struct record *record,
	struct mqtt *mqtt);
/* Where the socket cannot be opened, a log line says so, and only the broker is left. */
void desk_open(struct desk *desk, const char *socket, sd_event *event);
/* Nobody is answered any more. */
void desk_close(struct desk *desk);
void desk_free(struct desk *desk);

/* A command of the broker, and its answer. */
void desk_command(struct desk *desk, const struct mqtt_message *message, struct moment moment);
/* What the local socket asks. */
struct local_answer desk_request(
	struct desk *desk, const struct local_request *request, struct moment moment);
/* As journal_events.answered and record_ports.answers. */
void desk_answered(
	struct desk *desk, uint64_t ticket, struct journal_page *page, struct moment moment);
void desk_release(struct desk *desk, uint64_t mark);

#endif
