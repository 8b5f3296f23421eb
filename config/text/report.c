/* Prints messages of the loader. It knows nothing of what they are about. */
#include "config/text/report.h"

static void print(FILE *out, struct place place, const char *kind, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));
static void print(FILE *out, struct place place, const char *kind, const char *format, va_list args)
{
	if (!place.file)
		fputs(kind, out);
	else if (place.line)
		fprintf(out, "%s:%u: %s", place.file, place.line, kind);
	else
		fprintf(out, "%s: %s", place.file, kind);
	vfprintf(out, format, args);
	fputc('\n', out);
}

void report_error_v(
	struct config_report *report, struct place place, const char *format, va_list args)
{
	report->errors++;
	print(report->out, place, "", format, args);
}

void report_error(struct config_report *report, struct place place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_error_v(report, place, format, args);
	va_end(args);
}

void report_warning(struct config_report *report, struct place place, const char *format, ...)
{
	va_list args;

	report->warnings++;
	va_start(args, format);
	print(report->out, place, "warning: ", format, args);
	va_end(args);
}

void report_note(struct config_report *report, struct place place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(report->out, place, "note: ", format, args);
	va_end(args);
}
