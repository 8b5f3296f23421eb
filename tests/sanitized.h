/* Is this built under a sanitizer? What is random then takes a tenth of the rounds: each is ten
 * times as slow. */
#ifndef TESTS_SANITIZED_H
#define TESTS_SANITIZED_H

#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

#define ROUNDS(count) (SANITIZED ? (count) / 10 : (count))

#endif
