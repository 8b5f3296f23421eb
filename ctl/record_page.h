/*
 * The record of an incident (ctl/record.h) as a page for people, in both
 * languages. Pure. Sections without content are left out.
 */
#ifndef CTL_RECORD_PAGE_H
#define CTL_RECORD_PAGE_H

#include "ctl/page.h"

/* A new page. */
json_t *record_page(const json_t *record);

/* Inside record_page*.c: each adds its sections. */
void record_page_steps(json_t *page, const json_t *record);
void record_page_events(json_t *page, const json_t *record);

#endif
