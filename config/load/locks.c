/* Loads the locks that come again each week. */
#include "rules/locks.h"
#include "config/duty.h"
#include "config/load/loading.h"

#include <string.h>

enum { LONGEST_MIN = 12 * 60, CRITICAL_LONGEST_MIN = 8 * 60 };

static void add_hours(struct loader *loader, const config_setting_t *element, const char *subject,
	struct duty_list *list)
{
	const char *text = config_setting_get_string(element);
	char error[DUTY_ERROR_SIZE] = "no text";

	if (!text || !duty_parse(text, list, error))
		loader_error(loader, element,
			"%s: hours \"%s\": %s; write hours = [ \"Sun 02:00-04:00\" ];", subject,
			text ? text : "", error);
}

/* Of what adjoins, too: it would be one without an end. */
static void check_hours(struct loader *loader, const config_setting_t *setting, const char *subject,
	const struct recurring_lock *lock)
{
	bool critical = lock->type && lock->type->severity == SEVERITY_CRITICAL;
	int longest_min = critical ? CRITICAL_LONGEST_MIN : LONGEST_MIN;

	for (size_t i = 0; i < lock->span_count; i++) {
		char begin[DUTY_TEXT_SIZE];

		if (duty_end(lock->spans, lock->span_count, i) - lock->spans[i].begin_min <=
			longest_min)
			continue;
		loader_error(loader, setting,
			"%s: hours from %s last longer than %d hours each time: end them earlier",
			subject, duty_text(lock->spans[i].begin_min, begin), longest_min / 60);
	}
}

static void load_hours(struct loader *loader, const config_setting_t *group, const char *subject,
	struct recurring_lock *lock)
{
	const config_setting_t *setting = config_setting_get_member(group, "hours");
	struct duty_list list = { .count = 0 };
	struct duty *kept;

	if (!setting || !is_sequence(setting) || section_count(setting) == 0) {
		loader_error(loader, setting ? setting : group,
			"%s: needs an end each time: hours = [ \"Sun 02:00-04:00\", ... ];",
			subject);
		return;
	}
	for (size_t i = 0; i < section_count(setting); i++)
		add_hours(loader, config_setting_get_elem(setting, (unsigned)i), subject, &list);
	duty_tidy(&list);
	kept = arena_alloc(loader->arena, (list.count + 1) * sizeof(*kept));
	memcpy(kept, list.spans, list.count * sizeof(*kept));
	lock->spans = kept;
	lock->span_count = list.count;
	check_hours(loader, setting, subject, lock);
}

static void check_what(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct recurring_lock *recurring)
{
	struct lock lock = { .quiet = recurring->quiet };

	if (!recurring->what)
		return;
	if (!lock_parse(recurring->what, &lock))
		report_error(loader->report, member_place(loader, group, "what"),
			"%s: what \"%s\" must be zone:ID, device:ID, point:ID or output:ID",
			subject, recurring->what);
	else if (!lock_fit(&lock, &loader->config->site))
		report_error(loader->report, member_place(loader, group, "what"),
			"%s: the building has nothing that is \"%s\"", subject, recurring->what);
	if (recurring->type && !recurring->quiet)
		report_error(loader->report, member_place(loader, group, "type"),
			"%s: type says what is quiet: write quiet = true;", subject);
	if (recurring->role && strlen(recurring->role->id) > LOCK_BY_MAX)
		report_error(loader->report, member_place(loader, group, "role"),
			"%s: role \"%s\" is longer than %d characters", subject,
			recurring->role->id, LOCK_BY_MAX);
	if (recurring->reason && (recurring->reason[strspn(recurring->reason, " \t")] == '\0' ||
					 strlen(recurring->reason) > LOCK_REASON_MAX))
		report_error(loader->report, member_place(loader, group, "reason"),
			"%s: reason needs 1 to %d bytes", subject, LOCK_REASON_MAX);
}

static bool load_lock(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct recurring_lock *lock = item;

	keys_fill(loader, group, KEYS_LOCK, subject, lock);
	check_what(loader, group, subject, lock);
	load_hours(loader, group, subject, lock);
	return true;
}

void load_locks(struct loader *loader)
{
	section_load(loader, section_open(loader, KEYS_LOCK, GROUP), KEYS_LOCK, load_lock);
}
