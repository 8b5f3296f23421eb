/*
 * From an embedded part to what holds it: parts that are handed to others as an
 * interface (a sink, a waiter, events) lie within the struct of whoever serves it.
 */
#ifndef CORE_OWNER_H
#define CORE_OWNER_H

#include <stddef.h>

/* `part` must be the member `member` of a `type`. */
#define OWNER_OF(part, type, member) ((type *)(void *)((char *)(part)-offsetof(type, member)))

#endif
