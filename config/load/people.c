/* Loads the persons behind the roles, and the accounts that give commands. */
#include "config/duty.h"
#include "config/load/loading.h"
#include "core/id.h"
#include "rules/incident/incident.h"

/* Digits, and what people write between them. */
static bool phone_valid(const char *phone)
{
	size_t digits = 0;

	if (strlen(phone) > PHONE_MAX)
		return false;
	for (; *phone; phone++) {
		if (*phone >= '0' && *phone <= '9')
			digits++;
		else if (!strchr("+-() ", *phone))
			return false;
	}
	return digits >= 3;
}

static void check_account(const struct loader *loader, const config_setting_t *group,
	const char *subject, const struct person *person)
{
	const struct place place = member_place(loader, group, "account");
	const struct person *other = people_account(&loader->config->people, person->account);

	if (!id_valid(person->account) || strlen(person->account) > USER_MAX)
		report_error(loader->report, place,
			"%s: account \"%s\" is no user's id: 1 to %d of a-z, 0-9 with single - _ . "
			"between",
			subject, person->account, USER_MAX);
	else if (strcmp(person->account, "facilityd") == 0)
		report_error(loader->report, place,
			"%s: account \"facilityd\" is the machine's own name", subject);
	else if (other)
		report_error(loader->report, place, "%s: account \"%s\" is that of person \"%s\"",
			subject, person->account, other->id);
	/* It stands where users stand. */
	if (person->role_count > 0 && strlen(person->roles[0]->id) > USER_MAX)
		report_error(loader->report, member_place(loader, group, "roles"),
			"%s: the first role stands for the account on topics, and \"%s\" is longer "
			"than %d characters; put another one first",
			subject, person->roles[0]->id, USER_MAX);
}

static void add_duty(struct loader *loader, const config_setting_t *element, const char *subject,
	struct duty_list *list)
{
	const char *text = config_setting_get_string(element);
	char error[DUTY_ERROR_SIZE];

	if (!text)
		loader_error(loader, element, "%s: duty is texts such as \"Mon-Fri 08:30-17:00\"",
			subject);
	else if (!duty_parse(text, list, error))
		loader_error(loader, element, "%s: duty \"%s\": %s", subject, text, error);
}

static void load_duty(struct loader *loader, const config_setting_t *group, const char *subject,
	struct person *person)
{
	const config_setting_t *setting = config_setting_get_member(group, "duty");
	struct duty_list list = { .count = 0 };
	struct duty *kept;

	if (!setting)
		return;
	if (!is_sequence(setting) || section_count(setting) == 0) {
		loader_error(loader, setting,
			"%s: duty is a list, duty = [ \"Mon-Fri 08:30-17:00\", ... ]; without it "
			"around the clock",
			subject);
		return;
	}
	for (size_t i = 0; i < section_count(setting); i++)
		add_duty(loader, config_setting_get_elem(setting, (unsigned)i), subject, &list);
	duty_tidy(&list);
	/* Nothing but the whole week is the same as nothing. */
	if (list.count == 1 && list.spans[0].end_min - list.spans[0].begin_min == WEEK_MIN)
		return;
	kept = arena_alloc(loader->arena, (list.count + 1) * sizeof(*kept));
	memcpy(kept, list.spans, list.count * sizeof(*kept));
	person->duty = kept;
	person->duty_count = list.count;
}

static bool load_person(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct person *person = item;

	keys_fill(loader, group, KEYS_PERSON, subject, person);
	load_role_list(loader, group, "roles", subject, person->roles, &person->role_count);
	load_duty(loader, group, subject, person);
	if (person->phone && !phone_valid(person->phone))
		report_error(loader->report, member_place(loader, group, "phone"),
			"%s: phone \"%s\" is no number: at least 3 digits, with + - ( ) and "
			"blanks, at most %d characters",
			subject, person->phone, PHONE_MAX);
	if (person->account)
		check_account(loader, group, subject, person);
	return true;
}

/* The one before it of the same id: `account` is the last. */
static bool is_double(const struct people *people, const struct account *account)
{
	for (size_t i = 0; i < people->account_count; i++)
		if (strcmp(people->accounts[i].id, account->id) == 0)
			return true;
	return false;
}

static bool load_account(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct account *account = item;
	const char *id = account->id;
	struct place place = member_place(loader, group, "id");

	keys_fill(loader, group, KEYS_ACCOUNT, subject, account);
	account->id = id;
	if (strlen(id) > USER_MAX || strcmp(id, "facilityd") == 0)
		report_error(loader->report, place, "%s: %s", subject,
			strlen(id) > USER_MAX ? "its id is longer than a user's"
					      : "\"facilityd\" is the machine's own name");
	else if (is_double(&loader->config->people, account))
		report_error(loader->report, place, "%s: stands twice", subject);
	if ((account->kind == ACCOUNT_HOMEASSISTANT) != (strcmp(id, HOMEASSISTANT_ACCOUNT) == 0))
		report_error(loader->report, place,
			"%s: the account of kind homeassistant is named homeassistant, and no "
			"other is",
			subject);
	/* It may have none: then none but its person's. */
	if (config_setting_get_member(group, "roles"))
		load_role_list(
			loader, group, "roles", subject, account->roles, &account->role_count);
	return true;
}

void load_people(struct loader *loader)
{
	section_load(loader, section_open(loader, KEYS_PERSON, GROUP), KEYS_PERSON, load_person);
	section_load(loader, section_open(loader, KEYS_ACCOUNT, LIST), KEYS_ACCOUNT, load_account);
}
