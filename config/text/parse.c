/*
 * Parses in a child first and, only what was good there, here: so a broken text
 * costs this process nothing (libconfig leaks on some errors). The child only
 * parses, and leaves by _exit().
 */
#include "config/text/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIAL_CPU_S = 5 };

/* What the child says when the parser came back. */
struct trial {
	bool good;
	int line;
	char text[64]; /* the parser's word for the error */
};

static _Noreturn void try_in_child(const char *text, int result_fd)
{
	struct rlimit limit = { TRIAL_CPU_S, TRIAL_CPU_S };
	struct trial trial = { 0 };
	config_t parsed;

	setrlimit(RLIMIT_CPU, &limit);
	config_init(&parsed);
	trial.good = config_read_string(&parsed, text) == CONFIG_TRUE;
	if (!trial.good) {
		trial.line = config_error_line(&parsed);
		snprintf(trial.text, sizeof(trial.text), "%s",
			config_error_text(&parsed) ? config_error_text(&parsed)
						   : "cannot be parsed");
	}
	_exit(write(result_fd, &trial, sizeof(trial)) == sizeof(trial) ? 0 : 1);
}

/*
 * Did the parser come back, and with what? 0, -ECHILD when the child ended without a word, or
 * why there was no child.
 */
static int try_parser(const char *text, struct trial *trial, struct config_report *report)
{
	int ends[2];
	ssize_t n;
	pid_t child;
	int error;

	/* If the parser calls exit() it must not say again what waits here to be written. */
	fflush(report->out);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	child = fork();
	error = -errno;
	if (child == 0)
		try_in_child(text, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return error;
	}
	do
		n = read(ends[0], trial, sizeof(*trial));
	while (n < 0 && errno == EINTR);
	close(ends[0]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return n == sizeof(*trial) ? 0 : -ECHILD;
}

/* libconfig's few words, and ours for them. */
static const struct {
	const char *theirs, *ours;
} words[] = {
	/* clang-format off */
	{ "syntax error",
		"syntax error at or before this line; a setting is name = value;" },
	{ "duplicate setting name",
		"a setting or id stands twice in the same group; keep one of them" },
	{ "mismatched element type in array",
		"the elements of [ ... ] must all be of one type" },
	/* clang-format on */
};

static void report_trial(
	const struct trial *trial, const struct source *source, struct config_report *report)
{
	struct place place = source_place(source, (unsigned)trial->line);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(trial->text, words[i].theirs) == 0) {
			report_error(report, place, "%s", words[i].ours);
			return;
		}
	report_error(report, place, "%s", trial->text);
}

bool parse_source(config_t *parsed, const struct source *source, struct config_report *report)
{
	struct place whole = { source->main_file, 0 };
	struct trial trial;
	int error = try_parser(source->text, &trial, report);

	config_init(parsed);
	if (error == -ECHILD)
		report_error(
			report, whole, "the parser fails on this text; nothing of it was used");
	else if (error)
		report_error(report, whole, "cannot try the parser: %s", strerror(-error));
	else if (!trial.good)
		report_trial(&trial, source, report);
	else if (config_read_string(parsed, source->text) != CONFIG_TRUE)
		report_error(report, whole, "the parser changed its mind; out of memory?");
	else
		return true;
	return false;
}
