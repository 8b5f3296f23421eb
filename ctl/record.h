/*
 * The record of one incident, made from what the journal has of it: a document
 * of its own (docs/record.md), which is printed as JSON, text or HTML. Pure: no
 * clock, no network. What is not known is kept as it is.
 */
#ifndef CTL_RECORD_H
#define CTL_RECORD_H

#include <jansson.h>
#include <stdint.h>

/*
 * `entries`: an array of the journal's entries, in order; now_wall_ms: when the record is made.
 * A new object:
 *   "v", "made", "open"
 *   "incident": its newest document, with these in each of its steps:
 *     "after_s" (from the raise to its end), "allowed_s" (to its deadline), "kept" (true, false, or
 *     null: without deadline, or not decided yet), "late_s" (past the deadline, or null)
 *   "site"
 *   "reaction": {"acknowledged_s", "returned_s", "closed_s": from the raise, or null;
 *     "kept", "missed": deadlines, "latest": {"step", "late_s"} or null}
 *   "timeline": each alert and intent without its incident, but with "sequence", "kind", "state"
 * and for a machine's step its "action"; an entry of another kind with its payload "notices": which
 * role was told: {"sequence", "time", "event", "role", "level", "on_duty", "steps"}
 */
json_t *record_make(const json_t *entries, int64_t now_wall_ms);

#endif
