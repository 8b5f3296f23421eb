#include "core/plan.h"

bool roles_have(const struct role *const roles[], size_t count, const struct role *role)
{
	for (size_t i = 0; i < count; i++)
		if (roles[i] == role)
			return true;
	return false;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_LOW] = "low",
		[SEVERITY_MEDIUM] = "medium",
		[SEVERITY_HIGH] = "high",
		[SEVERITY_CRITICAL] = "critical",
	};

	return names[severity];
}

const char *action_mode_name(enum action_mode mode)
{
	static const char *const names[] = {
		[ACTION_ADVISE] = "advise",
		[ACTION_CONFIRM] = "confirm",
		[ACTION_AUTO] = "auto",
	};

	return names[mode];
}
