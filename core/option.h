/*
 * Options declared as data. An adapter (or the loader itself) declares a table
 * of these for a struct of its own; the loader checks and fills the struct, the
 * man page and `facilityctl adapters` print the table. A table ends with a row
 * whose name is NULL.
 */
#ifndef CORE_OPTION_H
#define CORE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_BOOL,     /* bool */
	OPTION_INT,      /* int64_t, within min..max */
	OPTION_REAL,     /* double, finite, within min..max; an integer in the file will do */
	OPTION_DURATION, /* int64_t in ms; in the file a text with its unit: "250 ms", "5 s", "2
			    min", "1 h" */
	OPTION_STRING,   /* const char *; valid UTF-8, 1 to 255 bytes */
	OPTION_CHOICE,   /* int: the index of the text within choices[] */
	OPTION_TEXTS,    /* const char *const *: NULL-terminated, each as a STRING; an array [ "a",
			    "b" ] of 1 to OPTION_TEXTS_MAX; NULL where it lacks, and no default */
	OPTION_NAME,     /* the loader's own tables: a pointer to what has this id; a STRING in the
			    file, checked as such; what it names is found when all is filled */
};

enum { OPTION_TEXTS_MAX = 32 };

struct option_spec {
	const char *name;
	enum option_type type;
	size_t offset; /* of the member in the struct that it fills */
	bool required;
	double min, max;            /* INT, REAL; DURATION in ms; both 0: no limit */
	const char *unit;           /* for people: "ms", "bar"; NULL where none */
	const char *value;          /* the default as it would stand in the file; NULL: zero/NULL */
	const char *const *choices; /* CHOICE: NULL-terminated */
	int names;                  /* NAME: what kind of thing; 0: the loader asks by itself */
	const char *help;           /* one line, English, lower case, no full stop */
	/*
	 * Device options: how the registers of a profile are to be understood. A profile must say
	 * it, and a device that uses the profile must not.
	 */
	bool of_profile;
};

#endif
