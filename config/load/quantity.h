/* A point that takes what it does not say itself from a quantity of its device's profile. */
#ifndef CONFIG_LOAD_QUANTITY_H
#define CONFIG_LOAD_QUANTITY_H

#include "config/load/profile.h"

/*
 * The quantity that `from` names; NULL: the point has none, or it does not exist, which was
 * reported with a suggestion and makes *doubtful true. A point without `from` is never doubtful.
 */
const struct quantity *quantity_find(struct loader *loader, const config_setting_t *group,
	const char *subject, const struct profile *profile, bool *doubtful);

/* A setting of the point, else of its quantity (may be NULL). */
const config_setting_t *quantity_setting(
	const config_setting_t *group, const struct quantity *quantity, const char *name);

/*
 * What the tables cannot take over: the names, which are the device's and the quantity's, and the
 * read-back, which is the point of the same device that comes from the quantity's read-back.
 */
void quantity_complete(struct loader *loader, const config_setting_t *group,
	const struct quantity *quantity, const struct device *device, struct point_keys *keys);

/* Is it of the class's kind and unit, or does the point scale it itself? Reports where not. */
bool quantity_suits(const struct loader *loader, const config_setting_t *group, const char *subject,
	const struct quantity *quantity, const struct point *point);

#endif
