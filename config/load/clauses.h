/* How many clauses each incident has in section 4 of the building's emergency plan. */
#ifndef CONFIG_CLAUSES_H
#define CONFIG_CLAUSES_H

enum { INCIDENT_NUMBER_MAX = 28 };

/* Of incident 1 to INCIDENT_NUMBER_MAX; 0 for any other number. */
int clause_count(int incident);

/*
 * "2.3" -> true, *incident 2 and *clause 3; false where it is not of this form. Whether the plan
 * has such a clause is not looked at.
 */
_Bool clause_parse(const char *text, int *incident, int *clause);

/* "§3.1": of a section that is not about one incident alone, such as who reports to whom. */
_Bool clause_of_section(const char *text);

#endif
