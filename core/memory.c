#include "core/memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

int memory_keep(bool at_once)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	return mlockall(MCL_CURRENT | (at_once ? 0 : MCL_ONFAULT)) < 0 ? -errno : 0;
}
