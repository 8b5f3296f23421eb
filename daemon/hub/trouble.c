/* The texts of troubles: which failing of the monitoring system, for people, in both languages. */
#include "core/log.h"
#include "daemon/hub/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct words {
	char id[TROUBLE_ID_MAX + 1];
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
};

static void words_id(struct words *words, const char *kind, const char *id)
{
	snprintf(words->id, sizeof(words->id), "%s.%s", kind, id);
}

static void begin(struct facility *facility, const struct words *words)
{
	trouble_begin(facility->troubles, words->id, facility->now.now_ms, words->zh, words->en);
}

/* What -errno of adapters/adapter.h means to a person. */
static struct text error_text(int error)
{
	static const struct {
		int error;
		struct text text;
	} table[] = {
		{ -ETIMEDOUT, { "超时无应答", "no answer in time" } },
		{ -EBADMSG, { "应答错误", "garbled or mismatched answers" } },
		{ -EREMOTEIO, { "设备拒绝", "the device refuses" } },
		{ -ECONNREFUSED, { "连接被拒绝", "connection refused" } },
		{ -ECONNRESET, { "连接中断", "connection lost" } },
		{ -ENOENT, { "找不到设备文件或线路", "no such device file or line" } },
		{ -ENODEV, { "设备不在", "the device is not there" } },
		{ -ENOTUNIQ, { "有多个设备符合", "several devices fit: name one" } },
		{ -EIO, { "线路错误", "line error" } },
		{ -EBUSY, { "已被其他程序占用", "in use by another program" } },
		{ -EACCES, { "没有权限", "permission denied" } },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error)
			return table[i].text;
	return (struct text){ strerror(-error), strerror(-error) };
}

void facility_trouble_device(struct facility *facility, const struct device *device, int error)
{
	struct words words;
	struct text why = error_text(error);

	words_id(&words, "device", device->id);
	if (!error) {
		log_info("device %s: answers again", device->id);
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	log_warn("device %s: %s", device->id, why.en);
	snprintf(words.zh, sizeof(words.zh), "设备“%s”（%s）无法读取：%s", device->name.zh,
		device->id, why.zh);
	snprintf(words.en, sizeof(words.en), "device \"%s\" (%s) cannot be read: %s",
		device->name.en, device->id, why.en);
	begin(facility, &words);
}

void facility_trouble_link(struct facility *facility, const struct bus *bus, int error)
{
	struct words words;
	struct text why = error_text(error);

	words_id(&words, "bus", bus->id);
	if (!error) {
		log_info("bus %s: open", bus->id);
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	log_warn("bus %s: %s", bus->id, why.en);
	snprintf(words.zh, sizeof(words.zh), "总线“%s”（%s）不通：%s", bus->name.zh, bus->id,
		why.zh);
	snprintf(words.en, sizeof(words.en), "bus \"%s\" (%s) is down: %s", bus->name.en, bus->id,
		why.en);
	begin(facility, &words);
}

void facility_trouble_overload(
	struct facility *facility, const struct bus *bus, const struct schedule_overload *overload)
{
	struct words words;

	words_id(&words, "overload", bus->id);
	if (!overload->lasting) {
		log_info("bus %s: keeps its periods again", bus->id);
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	snprintf(words.zh, sizeof(words.zh),
		"总线“%s”（%s）过载：每 %lld 毫秒需要 %lld 毫秒，%d%% 的轮询未按周期完成",
		bus->name.zh, bus->id, (long long)overload->available_ms,
		(long long)overload->needed_ms, overload->missed_percent);
	snprintf(words.en, sizeof(words.en),
		"bus \"%s\" (%s) is overloaded: its polls need %lld ms of each %lld ms, and %d %% "
		"of its periods were missed; poll less often",
		bus->name.en, bus->id, (long long)overload->needed_ms,
		(long long)overload->available_ms, overload->missed_percent);
	log_warn("bus %s: overloaded: needs %lld ms of each %lld ms, %d %% of periods missed",
		bus->id, (long long)overload->needed_ms, (long long)overload->available_ms,
		overload->missed_percent);
	begin(facility, &words);
}

/* Silence of a whole device or bus is one trouble of its own, not one of each of its points. */
static bool covered(const struct facility *facility, const struct point *point)
{
	struct words words;

	words_id(&words, "device", point->device->id);
	if (trouble_find(facility->troubles, words.id))
		return true;
	words_id(&words, "bus", point->device->bus->id);
	return trouble_find(facility->troubles, words.id) != NULL;
}

/* The Chinese of reason_name(). */
static const char *reason_zh(enum reason reason)
{
	static const char *const words[] = {
		[REASON_NEVER] = "尚未读到",
		[REASON_NONE] = "正常",
		[REASON_AGE] = "数据过期",
		[REASON_TIMEOUT] = "超时无应答",
		[REASON_LINK] = "总线不通",
		[REASON_EXCEPTION] = "设备拒绝",
		[REASON_GARBLED] = "应答错误",
		[REASON_MISMATCH] = "应答不符",
		[REASON_RANGE] = "超出量程",
		[REASON_NAN] = "不是数值",
		[REASON_DEVICE] = "设备自报故障",
		[REASON_OFFLINE] = "离线",
		[REASON_LOCAL] = "本机无法询问",
		[REASON_OPEN] = "线路开路",
		[REASON_SHORT] = "线路短路",
	};

	return words[reason];
}

void facility_trouble_reading(struct facility *facility, const struct reading *reading)
{
	const struct point *point = &facility->config->site.points[reading->point];
	const char *reason = reason_name(reading->reason);
	char detail[64] = "";
	struct words words;

	/* By far the most readings: the id need not be written. */
	if (reading->quality == QUALITY_GOOD && !trouble_at(facility->troubles, 0))
		return;
	words_id(&words, "point", point->id);
	if (reading->quality == QUALITY_GOOD) {
		if (trouble_find(facility->troubles, words.id))
			log_info("point %s: good again", point->id);
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	/* One lost answer is no trouble; the device's breaker and the point's age decide. */
	if (reading->reason == REASON_TIMEOUT || reading->reason == REASON_LINK ||
		reading->reason == REASON_NEVER || covered(facility, point))
		return;
	if (reading->reason == REASON_EXCEPTION)
		snprintf(detail, sizeof(detail), " 0x%02X", reading->detail);
	if (reading->reason == REASON_LOCAL)
		snprintf(detail, sizeof(detail), ": %s", strerror(reading->detail));
	log_warn("point %s: %s (%s%s)", point->id, quality_name(reading->quality), reason, detail);
	snprintf(words.zh, sizeof(words.zh), "测点“%s”（%s）无有效值：%s%s", point->name.zh,
		point->id, reason_zh(reading->reason), detail);
	snprintf(words.en, sizeof(words.en), "point \"%s\" (%s) has no valid value: %s%s",
		point->name.en, point->id, reason, detail);
	begin(facility, &words);
}

void facility_trouble_output(struct facility *facility, const struct point *point, const char *text)
{
	struct words words;

	words_id(&words, "output", point->id);
	if (!text) {
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	log_warn("output %s: %s", point->id, text);
	snprintf(words.zh, sizeof(words.zh), "输出“%s”（%s）未被证实，请现场确认：%s",
		point->name.zh, point->id, text);
	snprintf(words.en, sizeof(words.en),
		"output \"%s\" (%s) is not proved, look on the spot: %s", point->name.en, point->id,
		text);
	begin(facility, &words);
}

void facility_trouble_mqtt(struct facility *facility, bool connected, const char *why)
{
	struct words words = { .id = "mqtt" };

	if (connected) {
		log_info("mqtt: connected");
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	log_warn("mqtt: %s", why);
	snprintf(words.zh, sizeof(words.zh), "消息服务器不可达：%s", why);
	snprintf(words.en, sizeof(words.en), "the broker cannot be reached: %s", why);
	begin(facility, &words);
}

void facility_trouble_unheard(struct facility *facility, int reason_code)
{
	struct words words = { .id = "mqtt.unheard" };

	if (mqtt_outcome(reason_code) == MQTT_RECORDED) {
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	if (mqtt_outcome(reason_code) != MQTT_UNHEARD) {
		log_error("mqtt: the broker refused an alert, reason 0x%02X", reason_code);
		snprintf(words.zh, sizeof(words.zh),
			"消息服务器拒绝了告警（原因 0x%02X），请检查访问控制表", reason_code);
		snprintf(words.en, sizeof(words.en),
			"the broker refused an alert (reason 0x%02X): check its access list",
			reason_code);
	} else {
		log_warn("mqtt: an alert reached the broker, but nobody is listening");
		snprintf(words.zh, sizeof(words.zh), "告警已送达消息服务器，但无人接收");
		snprintf(words.en, sizeof(words.en),
			"an alert reached the broker, but nobody is listening");
	}
	begin(facility, &words);
}

void facility_trouble_fallback(struct facility *facility, const char *zh, const char *en)
{
	if (en)
		trouble_begin(facility->troubles, "fallback", facility->now.now_ms, zh, en);
	else
		trouble_end(facility->troubles, "fallback", facility->now.now_ms);
}

void facility_trouble_dropped(struct facility *facility, uint64_t count)
{
	struct words words = { .id = "mqtt.dropped" };

	log_error("mqtt: the outbox was full: %llu messages dropped since the start",
		(unsigned long long)count);
	snprintf(words.zh, sizeof(words.zh), "发件箱已满，启动以来丢弃 %llu 条消息",
		(unsigned long long)count);
	snprintf(words.en, sizeof(words.en),
		"the outbox was full: %llu messages dropped since the start",
		(unsigned long long)count);
	begin(facility, &words);
}

void facility_trouble_journal(struct facility *facility, const char *text)
{
	struct words words = { .id = "journal" };

	if (!text) {
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	if (!trouble_find(facility->troubles, words.id))
		log_error("journal: %s", text);
	snprintf(words.zh, sizeof(words.zh), "日志无法写入磁盘：%s", text);
	snprintf(words.en, sizeof(words.en), "the journal cannot be written: %s", text);
	begin(facility, &words);
}

void facility_trouble_config(struct facility *facility, const char *why)
{
	struct words words = { .id = "config" };

	if (!why) {
		trouble_end(facility->troubles, words.id, facility->now.now_ms);
		return;
	}
	snprintf(words.zh, sizeof(words.zh), "新配置未被采用，仍按原配置运行：%s", why);
	snprintf(words.en, sizeof(words.en),
		"the new configuration was refused, the one before goes on: %s", why);
	begin(facility, &words);
}

static bool has_device(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->device_count; i++)
		if (strcmp(site->devices[i].id, id) == 0)
			return true;
	return false;
}

static bool has_bus(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->bus_count; i++)
		if (strcmp(site->buses[i].id, id) == 0)
			return true;
	return false;
}

static bool has_point(const struct site *site, const char *id)
{
	return site_point(site, id) != NULL;
}

static bool is_gone(const struct site *site, const char *trouble)
{
	static const struct {
		const char *prefix;
		bool (*has)(const struct site *site, const char *id);
	} kinds[] = {
		{ "device.", has_device },
		{ "bus.", has_bus },
		{ "point.", has_point },
		{ "output.", has_point },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(kinds[i].prefix);

		if (strncmp(trouble, kinds[i].prefix, length) == 0)
			return !kinds[i].has(site, trouble + length);
	}
	return false;
}

void facility_trouble_retire(struct facility *facility)
{
	const struct trouble *trouble;

	for (size_t i = 0; (trouble = trouble_at(facility->troubles, i));) {
		if (is_gone(&facility->config->site, trouble->id))
			trouble_end(facility->troubles, trouble->id, facility->now.now_ms);
		else
			i++;
	}
}

static bool answers(const struct facility *facility, const struct device *device, int64_t since_ms)
{
	for (size_t i = 0; i < device->point_count; i++) {
		const struct reading *last = bus_set_reading(facility->buses, device->points[i]);

		if (last->quality == QUALITY_GOOD && last->at_ms > since_ms)
			return true;
	}
	return false;
}

void facility_trouble_sweep(struct facility *facility)
{
	const struct site *site = &facility->config->site;
	struct words words;

	for (size_t i = 0; facility->reloaded_ms && i < site->device_count; i++) {
		const struct trouble *trouble;

		words_id(&words, "device", site->devices[i].id);
		trouble = trouble_find(facility->troubles, words.id);
		if (trouble && trouble->since_ms < facility->reloaded_ms &&
			answers(facility, &site->devices[i], facility->reloaded_ms))
			facility_trouble_device(facility, &site->devices[i], 0);
	}
}
