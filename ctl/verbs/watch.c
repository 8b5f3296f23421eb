/* facilityctl watch: the operator's view. */
#include "ctl/verbs/verbs.h"

#include <signal.h>
#include <string.h>

struct watch {
	struct client_events events;
	const struct show *show;
	bool was_connected;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static void on_message(
	struct client_events *events, const char *topic, const char *payload, bool retained)
{
	struct watch *watch = (struct watch *)(void *)events;

	if (strcmp(topic, "alert") == 0)
		show_alert(watch->show, payload);
	else if (strcmp(topic, "state") == 0)
		show_state(watch->show, payload);
	else if (strncmp(topic, "trouble/", 8) == 0)
		show_trouble(watch->show, topic + 8, payload);
	else if (retained && strncmp(topic, "incident/", 9) == 0)
		show_incident(watch->show, payload);
}

static void on_connected(struct client_events *events, bool connected)
{
	struct watch *watch = (struct watch *)(void *)events;

	if (!connected || watch->was_connected)
		fprintf(watch->show->out, "%s\n",
			show_word(watch->show, connected ? WORD_CTL_AGAIN : WORD_CTL_LOST));
	watch->was_connected = true;
	fflush(watch->show->out);
}

int verb_watch(const struct client_settings *settings, const struct show *show)
{
	struct watch watch = { .events = { on_message, on_connected }, .show = show };
	struct sigaction action = { .sa_handler = on_signal };
	struct client *client = client_open(settings, &watch.events);

	if (!client)
		return EXIT_REFUSED;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	client_subscribe(client, "state");
	client_subscribe(client, "alert");
	client_subscribe(client, "trouble/+");
	client_subscribe(client, "incident/+");
	while (!ended && !client_refused(client))
		client_run(client, 200);
	client_close(client);
	return ended ? EXIT_SUCCESS : EXIT_REFUSED;
}
