/* A page for people as HTML: one file without anything from elsewhere, for the screen and for A4.
 */
#include "ctl/page.h"

#include <string.h>

static const char style[] =
	"@page { size: A4; margin: 15mm 12mm; }\n"
	"body { font: 10pt/1.4 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', "
	"sans-serif; color: #000; background: #fff; max-width: 190mm; margin: 1em auto; }\n"
	"h1 { font-size: 16pt; margin: 0 0 .3em; }\n"
	"h2 { font-size: 12pt; margin: 1.2em 0 .3em; border-bottom: 1px solid #000; "
	"break-after: avoid; }\n"
	"table { border-collapse: collapse; width: 100%; }\n"
	"thead { display: table-header-group; }\n"
	"tr { break-inside: avoid; }\n"
	"th, td { border: 1px solid #999; padding: .15em .4em; text-align: left; "
	"vertical-align: top; overflow-wrap: break-word; }\n"
	"td:last-child { overflow-wrap: anywhere; }\n"
	"th { background: #eee; }\n"
	"table.plain td:first-child { width: 11em; background: #eee; }\n"
	".drill { border: 3px double #000; padding: .3em; text-align: center; font-weight: bold; "
	"font-size: 14pt; margin: 0 0 .6em; }\n"
	"[lang=en] + [lang=zh], [lang=zh] + [lang=en] { color: #444; font-size: 90%; }\n"
	"span { display: block; white-space: pre-wrap; }\n"
	"h1 span, h2 span { display: inline; margin-right: .6em; }\n"
	"@media print { body { margin: 0; max-width: none; } }\n";

/*
 * Text into HTML. What XML 1.0 does not allow (control characters) becomes a question mark, so that
 * the page is well-formed whatever somebody typed into a note.
 */
static void put_text(FILE *out, const char *text)
{
	static const char *const escapes[128] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\''] = "&#39;",
	};

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 128 && escapes[*c])
			fputs(escapes[*c], out);
		else if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			putc('?', out);
		else
			putc(*c, out);
	}
}

static void put_language(FILE *out, const char *language, const char *text)
{
	fprintf(out, "<span lang=\"%s\">", language);
	put_text(out, text);
	fputs("</span>", out);
}

static void put_cell(const struct show *show, const json_t *cell)
{
	const char *zh = json_string_value(json_object_get(cell, "zh"));
	const char *en = json_string_value(json_object_get(cell, "en"));

	if (!zh || !en)
		return;
	if (strcmp(zh, en) == 0) {
		put_text(show->out, zh);
		return;
	}
	if (show->both || show->chinese)
		put_language(show->out, "zh", zh);
	if (show->both || !show->chinese)
		put_language(show->out, "en", en);
}

static void put_element(const struct show *show, const char *name, const json_t *cell)
{
	fprintf(show->out, "<%s>", name);
	put_cell(show, cell);
	fprintf(show->out, "</%s>", name);
}

static void put_row(const struct show *show, const char *element, const json_t *row)
{
	const json_t *cell;
	size_t i;

	fputs("<tr>", show->out);
	json_array_foreach (row, i, cell)
		put_element(show, element, cell);
	fputs("</tr>\n", show->out);
}

static void put_section(const struct show *show, const json_t *section)
{
	const json_t *columns = json_object_get(section, "columns"), *row;
	bool headed = json_is_array(columns);
	size_t i;

	put_element(show, "h2", json_object_get(section, "title"));
	fprintf(show->out, "\n<table%s>\n", headed ? "" : " class=\"plain\"");
	if (headed) {
		fputs("<thead>", show->out);
		put_row(show, "th", columns);
		fputs("</thead>\n", show->out);
	}
	fputs("<tbody>\n", show->out);
	json_array_foreach (json_object_get(section, "rows"), i, row)
		put_row(show, "td", row);
	fputs("</tbody>\n</table>\n", show->out);
}

static void put_head(const struct show *show, const json_t *title)
{
	fprintf(show->out,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\" />\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'\" />\n<title>",
		show->chinese ? "zh" : "en");
	put_text(show->out, json_string_value(json_object_get(title, show->chinese ? "zh" : "en")));
	fprintf(show->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void page_print_html(const json_t *page, const struct show *show)
{
	const json_t *title = json_object_get(page, "title"), *line, *section;
	json_t *drill = page_cell(page_drill.zh, page_drill.en);
	size_t i;

	put_head(show, title);
	if (json_is_true(json_object_get(page, "drill"))) {
		fputs("<div class=\"drill\">", show->out);
		put_cell(show, drill);
		fputs("</div>\n", show->out);
	}
	json_decref(drill);
	put_element(show, "h1", title);
	putc('\n', show->out);
	json_array_foreach (json_object_get(page, "lines"), i, line) {
		put_element(show, "p", line);
		putc('\n', show->out);
	}
	json_array_foreach (json_object_get(page, "sections"), i, section)
		put_section(show, section);
	fputs("</body>\n</html>\n", show->out);
}
