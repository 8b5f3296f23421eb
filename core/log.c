#include "core/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

static enum log_level log_limit = LOG_LEVEL_INFO;
static const char *log_program = "facilityd";
static int log_has_priority, log_fd = STDERR_FILENO;

void log_open(const char *program, enum log_level level)
{
	log_program = program;
	log_limit = level;
	log_has_priority = getenv("JOURNAL_STREAM") != NULL;
}

void log_to(int fd)
{
	log_fd = fd;
}

__attribute__((format(printf, 2, 0))) static void log_line(
	enum log_level level, const char *format, va_list args)
{
	int saved = errno, length;
	char line[LINE_MAX_BYTES];

	if (level > log_limit)
		return;
	if (log_has_priority)
		length = snprintf(line, sizeof(line), "<%d>", level);
	else
		length = snprintf(line, sizeof(line), "%s: ", log_program);
	errno = saved; /* for %m */
	length += vsnprintf(line + length, sizeof(line) - (size_t)length, format, args);
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length++] = '\n';
	if (write(log_fd, line, (size_t)length) < 0) {
		/* There is nowhere left to say it. */
	}
	errno = saved;
}

#define LOG_FUNCTION(name, level)                                                                  \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, format);                                                            \
		log_line(level, format, args);                                                     \
		va_end(args);                                                                      \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
