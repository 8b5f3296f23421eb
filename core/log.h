/*
 * Log lines on standard error: "subject: what, value, limit, unit".
 *
 * Under systemd each line carries its priority ("<4>..."), so journalctl -p
 * works; on a terminal it does not. Any thread; a line is one write. Log
 * transitions, not samples. errno is kept.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6 };

/* Called once, before threads. */
void log_open(const char *program, enum log_level level);
/* Where lines go instead of standard error: what a test reads (tests/heard.h). Before threads. */
void log_to(int fd);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
