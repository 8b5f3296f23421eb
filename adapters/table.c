/* The visible list of adapters, by name. Adding one is one line here. */
#include "adapters/adapter.h"

#include <string.h>

/* clang-format off */
#define ADAPTERS(LINE) \
	LINE(exec) \
	LINE(gpio) \
	LINE(modbus_rtu) \
	LINE(modbus_tcp) \
	LINE(mqtt) \
	LINE(probe) \
	LINE(sysfs)

#define DECLARED(name) extern const struct adapter adapter_##name;
#define LISTED(name) &adapter_##name,
/* clang-format on */

ADAPTERS(DECLARED)

const struct adapter *const adapter_table[] = { ADAPTERS(LISTED) NULL };

const struct adapter *adapter_find(const char *name)
{
	for (const struct adapter *const *a = adapter_table; *a; a++)
		if (strcmp((*a)->name, name) == 0)
			return *a;
	return NULL;
}
