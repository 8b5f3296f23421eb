#include "daemon/tidy.h"

#include <malloc.h>

void tidy_memory(void)
{
	malloc_trim(0);
}
