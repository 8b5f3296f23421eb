/*
 * A text for people, in the plan's Chinese and in English. Both are always
 * present and valid UTF-8: the loader refuses a configuration where one lacks.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

struct text {
	const char *zh, *en;
};

#endif
