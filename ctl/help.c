/* The help of facilityctl, from its tables, in the person's language. */
#include "ctl/local.h"
#include "ctl/table.h"
#include "ctl/verb_table.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 36, HELP_WIDTH = 96 };

static const struct text intro = {
	"用法：facilityctl [选项]... 命令 [参数]...\n"
	"查看 facilityd 的报告，告诉它人做了什么。\n\n",
	"Usage: facilityctl [OPTION]... COMMAND [ARGUMENT]...\n"
	"See what facilityd reports, and tell it what people have done.\n\n",
};

static const struct text outro = {
	"\n"
	"事件用其编号，或预案编号加区域：2-f3；演练为 drill-2-f3。时间 T：2026-11-24、\n"
	"2026-11-24T03:00、7d、12h。列表可加 --json。除 watch 外均询问本机的 "
	"facilityd；它不在本机，\n"
	"或给出下列任一选项时，命令经由 MQTT 服务器：\n"
	"\n"
	"  -c, --config 文件        从此配置取服务器和场所（默认 " FACILITYD_CONFIG "）\n"
	"      --host 主机, --port 端口, --site 场所   不用配置文件\n"
	"  -u, --user 账号          我是谁（默认 $USER）\n"
	"      --password-file 文件 登录服务器的口令\n"
	"      --ca-file 文件       使用 TLS，并信任此证书\n"
	"\n"
	"      --socket 路径        本机 facilityd 的套接字（默认 " LOCAL_PATH "）\n"
	"      --lang zh|en         语言（默认按区域设置）\n"
	"      --color 何时         auto（默认，仅终端）、always、never\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"退出码：0 完成，1 被拒绝或无应答，2 用法错误。\n",
	"\n"
	"INCIDENT is its id, or its number and zone: 2-f3; an exercise is drill-2-f3. T is a "
	"time:\n"
	"2026-11-24, 2026-11-24T03:00, 7d, 12h. Listings take --json. All but watch ask facilityd "
	"on\n"
	"this machine; commands go to the broker where it is not there, or one of these is given:\n"
	"\n"
	"  -c, --config FILE        take broker and site from this configuration\n"
	"                           (default: " FACILITYD_CONFIG ")\n"
	"      --host HOST, --port PORT, --site SITE   instead of a configuration\n"
	"  -u, --user NAME          who I am (default: $USER)\n"
	"      --password-file FILE log in to the broker with this password\n"
	"      --ca-file FILE       use TLS and trust this certificate\n"
	"\n"
	"      --socket PATH        where facilityd listens on this machine\n"
	"                           (default: " LOCAL_PATH ")\n"
	"      --lang zh|en         language (default: by locale)\n"
	"      --color WHEN         auto (default: on a terminal), always, never\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Status: 0 done, 1 refused or no answer, 2 wrong use.\n",
};

static const char *in_language(const struct show *show, const struct text *text)
{
	return show->chinese ? text->zh : text->en;
}

/* Breaks at blanks; a text without them stays as it is. */
static void print_wrapped(FILE *out, const char *text)
{
	int column = HELP_COLUMN;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		column += fprintf(out, "%s%.*s", column > HELP_COLUMN ? " " : "", length, text);
		text += length + (text[length] == ' ');
	}
	fputc('\n', out);
}

static void print_verb(const struct show *show, const struct verb *verb)
{
	char line[256];
	int width;

	snprintf(line, sizeof(line), "  %s %s", verb->name, in_language(show, &verb->words));
	width = table_width(line);
	fputs(line, show->out);
	if (width > HELP_COLUMN - 2) {
		fputc('\n', show->out);
		width = 0;
	}
	fprintf(show->out, "%*s", HELP_COLUMN - width, "");
	print_wrapped(show->out, in_language(show, &verb->help));
}

static void print_who(const struct show *show, const struct verb *verb)
{
	for (int i = 0; i < ORDER_KIND_COUNT; i++) {
		const struct order_words words = order_words((enum order_kind)i);

		if (strcmp(words.verb, verb->name) == 0)
			fprintf(show->out, "%s cmd/<user>/%s { %s }\n%s %s\n",
				show->chinese ? "  MQTT：" : "  over MQTT:", words.verb,
				words.members, show->chinese ? "  权限：" : "  who may:",
				order_who_name(words.who));
	}
}

void help_print(const struct show *show, const struct verb *one)
{
	struct verb verb;

	if (one) {
		print_verb(show, one);
		print_who(show, one);
		return;
	}
	fputs(in_language(show, &intro), show->out);
	for (size_t i = 0; verb_at(i, &verb); i++)
		print_verb(show, &verb);
	fputs(in_language(show, &outro), show->out);
}

void help_print_json(const struct show *show)
{
	json_t *orders = json_array();

	for (int i = 0; i < ORDER_KIND_COUNT; i++) {
		const struct order_words words = order_words((enum order_kind)i);

		json_array_append_new(
			orders, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "verb", words.verb,
					"members", words.members, "who", order_who_name(words.who),
					"help", "zh", words.help.zh, "en", words.help.en));
	}
	json_dumpf(orders, show->out, JSON_COMPACT);
	fputc('\n', show->out);
	json_decref(orders);
}
