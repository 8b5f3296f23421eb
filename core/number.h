/* Numbers as texts of others write them: "21.5", "-3", "1e3". Any thread; never blocks. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <stdbool.h>

/*
 * The whole text is one finite decimal number: no blanks, hexadecimal, "inf" or "nan", which are
 * no values. False: it is none, and *value is as it was.
 */
bool number_parse(const char *text, double *value);

#endif
