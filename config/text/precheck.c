/*
 * A lexer for libconfig's syntax that finds what libconfig misreads. It knows
 * words, numbers, strings, comments and brackets, and nothing of their meaning.
 */
#include "config/text/precheck.h"

#include "core/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libconfig compares each setting of a group with all before it: so large a group takes 1 s. */
enum { NESTING_MAX = 16, PATH_LENGTH_MAX = 255, NUMBER_MAX = 64, GROUP_MAX = 10000 };

struct bracket {
	char bracket;
	unsigned line, settings;
};

struct lexer {
	const char *text, *end;
	const char *at;
	const char *sent; /* up to here the text was handed on */
	unsigned line;
	char last; /* the last character that means something; a bracket or comma, else 'a' */
	bool nesting_told;
	size_t nesting;
	struct bracket open[NESTING_MAX + 1]; /* [0]: the file itself */
	struct precheck_sink *sink;
};

__attribute__((format(printf, 3, 4))) static void wrong(
	struct lexer *lexer, unsigned line, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	lexer->sink->error(lexer->sink, line, message);
}

static char peek(const struct lexer *lexer, size_t ahead)
{
	return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

static void skip_line(struct lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\n')
		lexer->at++;
}

static void scan_comment(struct lexer *lexer)
{
	unsigned begin = lexer->line;

	for (lexer->at += 2; lexer->at < lexer->end; lexer->at++) {
		if (lexer->at[0] == '*' && peek(lexer, 1) == '/') {
			lexer->at += 2;
			return;
		}
		if (*lexer->at == '\n')
			lexer->line++;
	}
	wrong(lexer, begin, "a comment begins here and never ends; close it with */");
}

static void check_escape(struct lexer *lexer)
{
	char c = peek(lexer, 1);

	if (c == 'x')
		wrong(lexer, lexer->line,
			"\\x in a text is not allowed; write the character itself");
	else if (c != '\0' && c != '\n' && !strchr("nrtf\\\"", c))
		wrong(lexer, lexer->line,
			"unknown escape \\%c in a text; a backslash itself is written \\\\",
			isprint((unsigned char)c) ? c : '?');
}

/* A text ends on its line: else one forgotten quote would swallow what follows. */
static void scan_string(struct lexer *lexer)
{
	for (lexer->at++; lexer->at < lexer->end && *lexer->at != '\n'; lexer->at++) {
		if (*lexer->at == '"') {
			lexer->at++;
			return;
		}
		if (*lexer->at == '\\') {
			check_escape(lexer);
			if (peek(lexer, 1) != '\0' && peek(lexer, 1) != '\n')
				lexer->at++;
		}
	}
	wrong(lexer, lexer->line,
		"a text is not closed on its line; add the closing quote (a long text may be "
		"several quoted pieces one after the other)");
}

static void no_number(struct lexer *lexer, const char *number)
{
	wrong(lexer, lexer->line,
		"%s is neither a number nor a name; a text needs quotes, a name begins with a "
		"letter",
		number);
}

static void check_integer(struct lexer *lexer, const char *number, int base)
{
	char *rest;
	size_t suffix;
	long long value;

	errno = 0;
	value = strtoll(number, &rest, base);
	suffix = strspn(rest, "L");
	if (suffix > 2 || rest[suffix] != '\0')
		no_number(lexer, number);
	else if (errno == ERANGE)
		wrong(lexer, lexer->line, "%s is too large; 64 bits hold up to %lld", number,
			(long long)INT64_MAX);
	else if (suffix == 0 && (value > INT32_MAX || value < INT32_MIN))
		wrong(lexer, lexer->line,
			"%s does not fit 32 bits; write %sL if you mean such a large number",
			number, number);
}

static void check_number(struct lexer *lexer, const char *number)
{
	const char *digits = number + strspn(number, "+-");
	char *rest;
	double value;

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
		check_integer(lexer, number, 16);
		return;
	}
	if (digits[0] == '0' && isdigit((unsigned char)digits[1])) {
		wrong(lexer, lexer->line,
			"%s has a leading zero, which some versions read as octal; leave it out",
			number);
		return;
	}
	if (!strpbrk(digits, ".eE")) {
		check_integer(lexer, number, 10);
		return;
	}
	value = strtod(number, &rest);
	if (*rest != '\0')
		no_number(lexer, number);
	else if (!isfinite(value))
		wrong(lexer, lexer->line, "%s is too large for a number", number);
}

static bool number_goes_on(const char *begin, const char *at)
{
	bool hex = at - begin >= 2 && (begin[1] == 'x' || begin[1] == 'X');

	if (isalnum((unsigned char)*at) || *at == '.' || *at == '_')
		return true;
	return (*at == '+' || *at == '-') && at > begin && !hex && (at[-1] == 'e' || at[-1] == 'E');
}

static void scan_number(struct lexer *lexer)
{
	const char *begin = lexer->at;
	char number[NUMBER_MAX];
	size_t length;

	if (*lexer->at == '+' || *lexer->at == '-')
		lexer->at++;
	while (lexer->at < lexer->end && number_goes_on(begin, lexer->at))
		lexer->at++;
	length = (size_t)(lexer->at - begin);
	if (length >= sizeof(number)) {
		wrong(lexer, lexer->line, "a number of %zu characters is too long", length);
		return;
	}
	memcpy(number, begin, length);
	number[length] = '\0';
	check_number(lexer, number);
}

static void hand_on(struct lexer *lexer)
{
	if (lexer->at > lexer->sent)
		lexer->sink->text(lexer->sink, lexer->sent, (size_t)(lexer->at - lexer->sent));
	lexer->sent = lexer->at;
}

/* @include "path": the only thing on its line but blanks before it. */
static void scan_include(struct lexer *lexer)
{
	static const char word[] = "@include";
	const char *begin = lexer->at;
	const char *quote;
	char path[PATH_LENGTH_MAX + 1];
	size_t length;

	while (begin > lexer->text && (begin[-1] == ' ' || begin[-1] == '\t'))
		begin--;
	if ((size_t)(lexer->end - lexer->at) < sizeof(word) ||
		memcmp(lexer->at, word, sizeof(word) - 1) != 0 ||
		(begin > lexer->text && begin[-1] != '\n')) {
		wrong(lexer, lexer->line,
			"'@' can only begin a line of the form @include \"file\"");
		skip_line(lexer);
		return;
	}
	hand_on(lexer);
	lexer->at += sizeof(word) - 1;
	while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
		lexer->at++;
	quote = lexer->at;
	length = quote < lexer->end && *quote == '"' ? 1 : 0;
	while (length && quote + length < lexer->end && !strchr("\"\n\\", quote[length]))
		length++;
	if (length < 2 || length > PATH_LENGTH_MAX || quote + length >= lexer->end ||
		quote[length] != '"') {
		wrong(lexer, lexer->line, "@include needs one file name in quotes after it");
		skip_line(lexer);
	} else {
		memcpy(path, quote + 1, length - 1);
		path[length - 1] = '\0';
		lexer->at = quote + length + 1;
		lexer->sink->include(lexer->sink, lexer->line, path);
	}
	lexer->sent = lexer->at;
	lexer->last = ';';
}

static void open_bracket(struct lexer *lexer, char bracket)
{
	lexer->nesting++;
	if (lexer->nesting <= NESTING_MAX)
		lexer->open[lexer->nesting] = (struct bracket){ bracket, lexer->line, 0 };
	else if (!lexer->nesting_told)
		wrong(lexer, lexer->line, "brackets are nested more than %d deep", NESTING_MAX);
	lexer->nesting_told |= lexer->nesting > NESTING_MAX;
}

/* What is open; NULL where it is too deep to be known. */
static struct bracket *innermost(struct lexer *lexer)
{
	return lexer->nesting <= NESTING_MAX ? &lexer->open[lexer->nesting] : NULL;
}

static void close_bracket(struct lexer *lexer, char bracket)
{
	char wanted = bracket == ')' ? '(' : bracket == ']' ? '[' : '{';
	const struct bracket *open = innermost(lexer);

	if (lexer->last == ',' && bracket != '}')
		wrong(lexer, lexer->line, "a comma stands before '%c'; leave it out", bracket);
	if (lexer->nesting == 0) {
		wrong(lexer, lexer->line, "'%c' closes nothing that was opened in this file",
			bracket);
		return;
	}
	if (open && open->bracket != wanted)
		wrong(lexer, lexer->line, "'%c' closes the '%c' of line %u", bracket, open->bracket,
			open->line);
	lexer->nesting--;
}

static void count_setting(struct lexer *lexer)
{
	struct bracket *open = innermost(lexer);

	if (open && ++open->settings == GROUP_MAX + 1)
		wrong(lexer, lexer->line,
			"more than %d settings in one group, which would take the parser too long",
			GROUP_MAX);
}

static void scan_word(struct lexer *lexer)
{
	while (lexer->at < lexer->end && (isalnum((unsigned char)*lexer->at) ||
						 (*lexer->at != '\0' && strchr("-_*", *lexer->at))))
		lexer->at++;
}

/* A character beyond ASCII outside texts and comments: mostly full-width punctuation. */
static void scan_foreign(struct lexer *lexer)
{
	size_t length = utf8_length(lexer->at, (size_t)(lexer->end - lexer->at));

	if (length == 0) { /* told by check_bytes() */
		lexer->at++;
		return;
	}
	wrong(lexer, lexer->line,
		"\"%.*s\" stands outside quotes; punctuation and names are plain ASCII",
		(int)length, lexer->at);
	while (lexer->at < lexer->end && (unsigned char)*lexer->at >= 0x80)
		lexer->at++;
}

static void scan_punctuation(struct lexer *lexer)
{
	char c = *lexer->at++;

	if (strchr("{([", c))
		open_bracket(lexer, c);
	else if (strchr("})]", c))
		close_bracket(lexer, c);
	else if (c == '=' || c == ':')
		count_setting(lexer);
	else if (c == '.' && lexer->last == 'a')
		wrong(lexer, lexer->line, "a name has no '.'; join its parts with '-' or '_'");
	else if (c != ';' && c != ',')
		wrong(lexer, lexer->line, "'%c' has no meaning here; a text needs quotes", c);
	lexer->last = c;
}

static void scan_token(struct lexer *lexer)
{
	char c = *lexer->at, next = peek(lexer, 1);

	if (c == '\n') {
		lexer->line++;
		lexer->at++;
	} else if (isspace((unsigned char)c) || iscntrl((unsigned char)c)) {
		lexer->at++;
	} else if (c == '#' || (c == '/' && next == '/')) {
		skip_line(lexer);
	} else if (c == '/' && next == '*') {
		scan_comment(lexer);
	} else if (c == '@') {
		scan_include(lexer);
	} else if ((unsigned char)c >= 0x80) {
		scan_foreign(lexer);
	} else if (c == '"') {
		scan_string(lexer);
		lexer->last = 'a';
	} else if (isdigit((unsigned char)c) ||
		   (strchr("+-.", c) && (isdigit((unsigned char)next) || next == '.'))) {
		scan_number(lexer);
		lexer->last = 'a';
	} else if (isalpha((unsigned char)c) || c == '*') {
		scan_word(lexer);
		lexer->last = 'a';
	} else {
		scan_punctuation(lexer);
	}
}

/* What no part of a file may hold, comments included. */
static void check_bytes(struct lexer *lexer)
{
	unsigned line = 1;

	for (const char *at = lexer->text; at < lexer->end;) {
		size_t length = utf8_length(at, (size_t)(lexer->end - at));

		if (length == 0) {
			wrong(lexer, line, "byte 0x%02X is not UTF-8; save the file as UTF-8",
				(unsigned char)*at);
			return;
		}
		if (*at == '\0') {
			wrong(lexer, line, "NUL byte in the file; remove it");
			return;
		}
		if (length == 1 && iscntrl((unsigned char)*at) && !strchr("\n\t\r\f", *at)) {
			wrong(lexer, line, "control character 0x%02X in the file; remove it",
				(unsigned char)*at);
			return;
		}
		if (*at == '\n')
			line++;
		at += length;
	}
}

void precheck_text(const char *text, size_t length, struct precheck_sink *sink)
{
	struct lexer lexer = {
		.text = text,
		.end = text + length,
		.at = text,
		.sent = text,
		.line = 1,
		.sink = sink,
	};

	check_bytes(&lexer);
	while (lexer.at < lexer.end)
		scan_token(&lexer);
	hand_on(&lexer);
	for (size_t i = 1; i <= lexer.nesting && i <= NESTING_MAX; i++)
		wrong(&lexer, lexer.open[i].line, "this '%c' is never closed in this file",
			lexer.open[i].bracket);
}
