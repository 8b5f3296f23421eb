/* The control socket's server side. Must not know Modbus. */
#include "sim/control.h"

#include "core/clock.h"
#include "sim/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 8 };

struct control_client {
	struct stream stream; /* first: the stream is handed back */
	struct control *control;
	struct control_client *next;
};

static void print_value(FILE *answer, const struct building *building, const struct point *point)
{
	double value = building_value(building, point);

	if (point->class->kind == POINT_STATE)
		fprintf(answer, "%d", value != 0);
	else
		fprintf(answer, "%.*f", point->class->decimals, value);
}

static bool find_point(struct control *control, struct words *words, const struct point **point,
	struct fault *fault)
{
	const char *id = words_take(words);
	uint32_t index;

	if (!id)
		return fault_set(fault, "the name of a point is missing");
	if (!name_find(control->building->site, NAME_POINT, id, &index, fault))
		return false;
	*point = &control->building->site->points[index];
	return true;
}

static bool do_set(struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	const struct point *point;
	int64_t over_ms = 0;
	double value;

	(void)answer;
	if (!find_point(control, words, &point, fault))
		return false;
	if (words_accept(words, "normal") && !words_peek(words)) {
		building_unset(control->building, point, 0, clock_now_ms());
		return true;
	}
	if (!words_value(words, point->class, &value, fault))
		return false;
	if (words_accept(words, "over") && !words_duration(words, &over_ms, fault))
		return false;
	if (words_peek(words))
		return fault_set(fault, "\"%s\" is one word too many", words_peek(words));
	if (!building_can_show(control->building, point, value))
		return fault_set(fault, "%s has no register that holds %g", point->id, value);
	building_set(control->building, point, value, over_ms, clock_now_ms());
	return true;
}

static bool do_fault(
	struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	const struct site *site = control->building->site;
	const char *id = words_take(words);
	struct slave_fault spec;
	uint32_t index;

	(void)answer;
	if (!id)
		return fault_set(fault, "the name of a device is missing");
	if (!name_find(site, NAME_DEVICE, id, &index, fault) ||
		!slave_fault_take(words, &spec, fault))
		return false;
	if (words_peek(words))
		return fault_set(fault, "\"%s\" is one word too many", words_peek(words));
	building_fault(control->building, &site->devices[index], &spec);
	return true;
}

static bool do_get(struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	const struct point *point;

	if (!find_point(control, words, &point, fault))
		return false;
	print_value(answer, control->building, point);
	fputc('\n', answer);
	return true;
}

static bool do_list(struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	const struct site *site = control->building->site;

	(void)words;
	(void)fault;
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i];

		fprintf(answer, "%s ", point->id);
		print_value(answer, control->building, point);
		if (*point->class->unit)
			fprintf(answer, " %s", point->class->unit);
		fprintf(answer, "\t%s in %s\n", point->class->id, point->zone->id);
	}
	return true;
}

static bool do_events(
	struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	(void)words;
	(void)fault;
	for (const struct event *event = control->scenario->events; event; event = event->next)
		fprintf(answer, "%s\n", event->text);
	return true;
}

static bool do_event(
	struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	(void)answer;
	return scenario_do(control->scenario, control->building, words, clock_now_ms(), fault);
}

static bool do_command(
	struct control *control, struct words *words, FILE *answer, struct fault *fault)
{
	static const struct {
		const char *word;
		bool (*run)(struct control *control, struct words *words, FILE *answer,
			struct fault *fault);
	} commands[] = {
		{ "set", do_set },
		{ "get", do_get },
		{ "list", do_list },
		{ "fault", do_fault },
		{ "events", do_events },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (words_accept(words, commands[i].word))
			return commands[i].run(control, words, answer, fault);
	return do_event(control, words, answer, fault);
}

bool control_command(struct control *control, char *line, FILE *answer)
{
	struct words words;
	struct fault fault;
	bool quit;

	if (!words_split(&words, line)) {
		fputs("error: too many words\n", answer);
		return false;
	}
	quit = words_accept(&words, "quit");
	if (quit || do_command(control, &words, answer, &fault))
		fputs("ok\n", answer);
	else
		fprintf(answer, "error: %s\n", fault.text);
	return quit;
}

static long client_input(struct stream *stream, const uint8_t *bytes, size_t size)
{
	struct control *control = ((struct control_client *)stream)->control;
	const uint8_t *end = memchr(bytes, '\n', size);
	char line[STREAM_INPUT_MAX + 1], *text;
	size_t length, text_size;
	FILE *answer;

	if (!end)
		return 0;
	length = (size_t)(end - bytes);
	memcpy(line, bytes, length);
	line[length] = '\0';
	answer = open_memstream(&text, &text_size);
	if (!answer)
		return -1;
	if (control_command(control, line, answer))
		control->loop->quit = true;
	if (fclose(answer) == 0)
		stream_write(stream, text, text_size);
	free(text);
	return (long)length + 1;
}

static void client_ended(struct stream *stream)
{
	struct control_client *client = (struct control_client *)stream, **link;

	for (link = &client->control->clients; *link != client;)
		link = &(*link)->next;
	*link = client->next;
	free(client);
}

static void listener_ready(struct source *source, uint32_t events)
{
	struct control *control = (struct control *)source;
	int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct control_client *client = fd < 0 ? NULL : calloc(1, sizeof(*client));

	(void)events;
	if (!client) {
		if (fd >= 0)
			close(fd);
		return;
	}
	client->control = control;
	client->stream.input = client_input;
	client->stream.ended = client_ended;
	if (stream_open(&client->stream, control->loop, fd) != 0) {
		close(fd);
		free(client);
		return;
	}
	client->next = control->clients;
	control->clients = client;
}

/* Is someone there, or was the socket left behind by one that was killed? */
static bool is_answered(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answered = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	close(fd);
	return answered;
}

static int listen_at(int fd, const struct sockaddr_un *address)
{
	struct stat status;

	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return listen(fd, BACKLOG) == 0 ? 0 : -errno;
	if (errno != EADDRINUSE)
		return -errno;
	if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
		return -EEXIST;
	if (is_answered(address))
		return -EADDRINUSE;
	unlink(address->sun_path);
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
		listen(fd, BACKLOG) == 0)
		return 0;
	return -errno;
}

int control_open(struct control *control, struct loop *loop, const struct scenario *scenario,
	struct building *building, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	*control = (struct control){
		.loop = loop, .scenario = scenario, .building = building, .path = path
	};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	error = listen_at(fd, &address);
	control->listener = (struct source){ .fd = fd, .ready = listener_ready };
	if (!error)
		error = loop_add(loop, &control->listener, EPOLLIN);
	if (error)
		close(fd);
	return error;
}

void control_close(struct control *control)
{
	while (control->clients) {
		struct stream *stream = &control->clients->stream;

		stream_close(stream);
		client_ended(stream);
	}
	loop_remove(control->loop, &control->listener);
	close(control->listener.fd);
	unlink(control->path);
}
