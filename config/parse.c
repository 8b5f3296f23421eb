/* Parses in a child first, then here. The child only parses, and leaves by _exit(). */
#include "config/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIAL_CPU_S = 5 };

static const char parsed_word = 'p'; /* what the child says when the parser came back */

static _Noreturn void try_in_child(const char *text, int result_fd)
{
	struct rlimit limit = { TRIAL_CPU_S, TRIAL_CPU_S };
	config_t trial;

	setrlimit(RLIMIT_CPU, &limit);
	config_init(&trial);
	/* Whether the text is right is found again in the parent; here only: does it come back? */
	config_read_string(&trial, text);
	config_destroy(&trial);
	_exit(write(result_fd, &parsed_word, 1) == 1 ? 0 : 1);
}

/* Did the parser come back? False with errno set, 0 when the child ended without a word. */
static bool parse_returns(const char *text)
{
	int ends[2];
	char word = 0;
	ssize_t n;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	child = fork();
	if (child == 0)
		try_in_child(text, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return false;
	}
	do
		n = read(ends[0], &word, 1);
	while (n < 0 && errno == EINTR);
	close(ends[0]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	errno = 0;
	return n == 1 && word == parsed_word;
}

static void report_failure(
	const config_t *parsed, const struct source *source, struct config_report *report)
{
	const char *text = config_error_text(parsed);
	struct place place = source_place(source, (unsigned)config_error_line(parsed));

	if (!text)
		text = "cannot be parsed";
	if (strcmp(text, "syntax error") == 0)
		report_error(report, place,
			"syntax error at or before this line; a setting is name = value;");
	else if (strcmp(text, "duplicate setting name") == 0)
		report_error(report, place,
			"a setting or id stands twice in the same group; keep one of them");
	else if (strcmp(text, "mismatched element type in array") == 0)
		report_error(report, place, "the elements of [ ... ] must all be of one type");
	else
		report_error(report, place, "%s", text);
}

bool parse_source(config_t *parsed, const struct source *source, struct config_report *report)
{
	config_init(parsed);
	if (!parse_returns(source->text)) {
		report_error(report, (struct place){ source->main_file, 0 }, "%s%s",
			errno ? "cannot try the parser: " : "the parser fails on this text",
			errno ? strerror(errno) : "; nothing of it was used");
		return false;
	}
	if (config_read_string(parsed, source->text) == CONFIG_TRUE)
		return true;
	report_failure(parsed, source, report);
	return false;
}
