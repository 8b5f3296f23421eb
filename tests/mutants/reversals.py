#!/usr/bin/python3
"""Reverses decisions about safety, one at a time, and says which test sees it.

A row is a file, what stands in it once, what is put there instead, and the system tests that are
asked when no unit test sees it. Ends with "N seen, N not seen"; the status is 1 when any was not,
or when a row does not fit the sources any more.
"""

import argparse
import os
import sys
import tempfile

import mutate

# name, file, what stands there once, instead, system tests
REVERSALS = (
    ("a locked output is written", "daemon/outputs/task/check.c", "return f->locked;", "return f->locked && f->drill;", ()),
    ("a lock holds for its own zone only", "rules/locks.c",
     "return zone_contains(lock->zone, point->zone);", "return lock->zone == point->zone;", ()),
    ("a type out of service is raised in the rooms below", "rules/locks.c",
     "lock_quiets(lock, type) && zone_contains(lock->zone, zone);", "lock_quiets(lock, type) && lock->zone == zone;", ()),
    ("quiet without a type silences critical types too", "rules/locks.c",
     "type->severity != SEVERITY_CRITICAL;", "type->severity <= SEVERITY_CRITICAL;", ()),
    ("the end of a lock switches by itself", "rules/incident/steps.c",
     "engine->confirms && state->action == ACTION_WANTED", "false", ()),
    ("a lock that ended while nobody ran switches by itself", "rules/engine/maintain.c",
     "!= TRUTH_FALSE;", "== TRUTH_TRUE;", ()),
    ("a lock that ended within a retry's pause leaves it going", "daemon/outputs/wanted.c",
     "	if (transition->kind == TRANSITION_LOCK)", "	if (false)", ()),
    ("an interlock sees what is quiet", "daemon/outputs/task/task.c",
     "return engine_eval(o->engine, expr, incident ? incident->type : NULL);",
     "return expr_eval(expr, engine_values(o->engine));", ()),
    ("a hand's interlock sees what is quiet", "rules/locks.c",
     "(type ? lock_quiets(lock, type) : lock->quiet)", "type && lock_quiets(lock, type)", ()),
    ("what the end of a lock shows begins by itself", "rules/engine/maintain.c",
     "engine->confirms = ended;", "engine->confirms = false;", ()),
    ("a fact is not looked at again when a lock ends", "rules/engine/maintain.c",
     "		slot_look_again(engine, slot, lock, tell);", "		(void)slot;", ()),
    ("a quiet point is a second voice", "rules/incident/confirm.c", "!engine_hides(engine, type, found[i])", "type", ()),
    ("nobody is asked about a held output that was switched back", "daemon/outputs/supervise.c",
     "claim->asks = tells == SUPERVISION_ASKS;", "claim->asks = false;", ()),
    ("a lock ends a claim", "daemon/outputs/step.c",
     "job->error != WORD_WRITE_REFUSAL_LOCKED_BY_LOCK", "true", ()),
    ("a recurring lock comes by a clock that nobody vouches for", "daemon/tell/locks.c",
     "	if (is_right)\n		follow_clock", "	if (true)\n		follow_clock", ("test_locks.py",)),
    ("a reboot makes a lock longer", "rules/engine/locking.c", "if (off_ms > 0)", "if (true)", ()),
    ("a lock that the journal has lost is forgotten", "daemon/tell/back.c",
     "if (back->locks_lost || back->fate == JOURNAL_LOST", "if (back->locks_lost && back->fate == JOURNAL_LOST", ()),
    ("a first start sees less because of what others have left", "daemon/tell/locks.c",
     "said->known == LOCKS_NEVER && lock.quiet", "false && lock.quiet", ()),
    ("a lock that another run has promised is forgotten", "daemon/tell/locks.c",
     "if (known == LOCKS_TOLD && (", "if (known == LOCKS_TOLD || (", ()),
    ("the mark of a lock that was taken back is lost over a restart", "daemon/documents/lock.c",
     "lock->taken_back = taken_back;", "lock->taken_back = taken_back && false;", ()),
    ("a hand that only the broker says holds", "daemon/documents/said.c",
     ".state = HAND_ENDED", ".state = HAND_HOLDS", ()),
    ("claims that a first start finds are forgotten", "daemon/tell/back.c",
     "return back->fate != JOURNAL_WHOLE ||", "return back->fate > JOURNAL_WHOLE ||", ()),
    ("what was put back while no broker was there is claimed again", "daemon/tell/back.c",
     "(incident && incident->taken_back)", "incident", ()),
    ("one that yields goes on with what is under way, should it tell again", "daemon/outputs/outputs.c",
     "o->lets_go |= grant == GRANT_NONE && o->grant != GRANT_NONE;", "(void)0;", ()),
    ("a copied journal's write is tried again at a takeover", "daemon/outputs/retry.c",
     "if (claim->proved_ms || claim->locked)", "if (claim->proved_ms || !claim->locked)", ()),
    ("another person's lock is ended without a reason", "daemon/people/maintain.c",
     "if (!owns && !is_reason(order->note))", "if (false && !owns)", ("test_locks.py",)),
    ("an operator locks", "daemon/people/rights.c",
     "{ RIGHT_GRANTED, RIGHT_INVOLVED, RIGHT_ENGINEER }", "{ RIGHT_GRANTED, RIGHT_INVOLVED, RIGHT_GRANTED }", ()),
    ("who only looks on says something", "daemon/people/rights.c",
     "[ACCOUNT_VIEWER] = { RIGHT_NONE, RIGHT_NONE, RIGHT_NONE }", "[ACCOUNT_VIEWER] = { RIGHT_GRANTED, RIGHT_NONE, RIGHT_NONE }", ()),
    ("an account of no role in the incident resets it", "daemon/people/rights.c",
     "return !incident || rights_involved(", "return true || rights_involved(", ()),
    ("who may not reset does so by over", "rules/engine/order.c", "&& !o->order->report_only", "", ()),
    ("Home Assistant releases unasked", "daemon/people/rights.c",
     "(may == MACHINE_WHERE_LET && rights->homeassistant_releases)", "may == MACHINE_WHERE_LET", ()),
    ("an order of the broker is not asked for its right", "daemon/people/verbs.c", "	if (why)\n		return why;\n	if (maintain", "	if (!ports)\n		return why;\n	if (maintain", ()),
    ("an account that stands nowhere is an engineer", "core/people.c",
     "(enum account_kind)found->kind : ACCOUNT_OPERATOR", "(enum account_kind)found->kind : ACCOUNT_ENGINEER", ()),
    ("two actions that contradict each other are taken", "rules/contradictions.c",
     "return pair->output && are_equal(plan, pair);", "return false;", ()),
    ("of two actions the one that is stated to go last wins", "rules/claims.c",
     "a->rank > b->rank", "a->rank < b->rank", ()),
    ("an echo counts as proof", "daemon/outputs/task/write.c",
     "if (job->point->echoes && agrees)", "if (false && agrees)", ()),
    ("a read-back of the register that is written is no echo", "config/load/point.c",
     "p->output->echoes = is_echo(loader, p);", "p->output->echoes = false && is_echo(loader, p);", ()),
    ("a hand goes against an incident that stands", "rules/claims.c",
     "if (claim_strength(&claims[i]) > CLAIM_HAND &&", "if (claim_strength(&claims[i]) > CLAIM_STANDS_CRITICAL &&", ()),
    ("a hand holds against an incident that begins", "daemon/outputs/hand.c", "if (stronger) {", "if (false && stronger) {", ()),
    ("a hand lasts for ever", "daemon/outputs/hand.c", "if (now_ms >= claim->hand.until_ms) {", "if (false) {", ()),
    ("a hand may be set for longer than a day", "daemon/outputs/hand.c", "order->for_ms > HAND_LONGEST_MS", "false", ()),
    ("a hand is set during an exercise", "daemon/outputs/hand.c", "if (is_in_drill(o, point))", "if (false && is_in_drill(o, point))", ()),
    ("what an ended hand wanted is taken for where its output is", "daemon/outputs/held.c",
     "if (stays(o, claim, &to)) {", "if (claim_stays(claim, &to)) {", ()),
    ("a put-back that a lock forbids is said to be taken", "daemon/outputs/restore.c",
     "	r->locked = true;\n	return true;", "	return false;", ()),
    ("a release that a lock forbids is said to be taken", "daemon/people/desk.c",
     "			!outputs_locked(", "			true || !outputs_locked(", ()),
    ("two points read one input, and nobody is told", "config/lint/lint.c",
     "if (b->writable == a->writable &&", "if (b->writable && a->writable &&", ()),
    ("who had an output put back stands in no record", "daemon/tell/tell.c",
     "	tell_sweep_restored(tell, moment);\n", "", ("test_hand.py",)),
    ("an intent that neither journal nor broker has counts as recorded", "daemon/record/intent.c",
     "end(intents, waiting, false, now_ms)", "end(intents, waiting, true, now_ms)", ()),
    ("of two facilityd both go on", "daemon/mqtt/peer.c",
     "if (word->active_ms > now_ms - peer->since_ms)", "if (word->active_ms < 0)", ()),
    ("one that stands by writes", "daemon/outputs/task/run.c",
     "return o->grant == GRANT_FREE || o->grant == GRANT_ASK;", "return true;", ("test_two.py",)),
    ("one that has taken over acts by itself", "daemon/outputs/plant.c",
     "grant == GRANT_NONE || grant == GRANT_ASK", "grant == GRANT_NONE && grant == GRANT_ASK", ("test_two.py",)),
    ("what another run retains is swept while it may answer", "daemon/mqtt/peer.c",
     "peer->standing == MQTT_ACTIVE && peer->asked_ms", "peer->asked_ms", ()),
    ("one that stands by publishes", "daemon/mqtt/mqtt.c",
     "mqtt->standing == MQTT_STANDING_BY && publish", "false && publish", ()),
    ("an id that was used is forgotten over a restart", "daemon/record/record.c",
     "if (!used_load(record->used, id, text,", "if (id || !used_load(record->used, id, text,", ()),
    ("ids that have not expired give way", "daemon/record/used.c",
     "if (!cheapest || worth(cheapest) > now_ms)", "if (!cheapest)", ()),
    ("a broker without a subscriber counts as having recorded an intent", "daemon/record/intent.c",
     "mqtt_outcome(reason_code) == MQTT_RECORDED", "mqtt_outcome(reason_code) <= MQTT_UNHEARD", ()),
    ("the watchdog sees no dead worker", "daemon/hub/hub.c",
     "return now_ms - bus_set_heartbeat_ms", "return true || now_ms - bus_set_heartbeat_ms", ()),
    ("a commit that found the journal's queue full is forgotten", "daemon/record/record.c",
     "record->uncommitted = journal_commit(record->journal, ticket ? ticket : TICKET_PLAIN) < 0;",
     "record->uncommitted = journal_commit(record->journal, ticket ? ticket : TICKET_PLAIN) > 0;", ()),
    ("a write that waited for its bus is not asked again", "daemon/bus/line.c",
     "if (!events->may_write || events->may_write(events, write->ticket))", "if (events)", ()),
    ("a write that was reported as failed goes out", "daemon/outputs/outputs.c",
     "return job && job->state == JOB_WRITING && job_goes_out(o, job);", "return !job || job_goes_out(o, job);", ()),
    ("what was proved once is tried again", "rules/retry.c",
     "if (facts->proved || !facts->by_plan)", "if (!facts->by_plan)", ()),
    ("a write is tried again while nothing is known", "rules/retry.c",
     "facts->still_true != TRUTH_TRUE || !facts->reachable", "facts->still_true == TRUTH_FALSE", ()),
    ("a write is tried again for ever", "rules/retry.c", "if (facts->reached_ms >= RETRY_FOR_MS)", "if (false)", ()),
    ("what a person has skipped is tried again", "daemon/outputs/step.c",
     "state->status != STEP_SKIPPED &&", "true &&", ()),
    ("a delay runs while nobody looks", "daemon/outputs/retry.c",
     "if (!job->again_ms || late) {", "if (!job->again_ms) {", ()),
    ("what could not be sent waits for its delay", "daemon/outputs/retry.c",
     "			job->again_ms = now_ms;\n	}", "			(void)now_ms;\n	}", ()),
    ("a reopened step has lost its action", "rules/engine/order.c",
     "	if (given_back && ", "	if (false && ", ()),
    ("what was proved is looked at no more", "daemon/outputs/outputs.c",
     "			supervise_see(o, &readings[i], now_ms);", "			(void)now_ms;", ()),
    ("a read-back that is not good says that an output is lost", "daemon/outputs/supervise.c",
     "if (reading->quality != QUALITY_GOOD || is_being_written", "if (is_being_written", ()),
    ("a lost output is forgotten over a restart", "daemon/outputs/task/claims.c",
     "lost ? SUPERVISION_LOST : SUPERVISION_HOLDS", "lost ? SUPERVISION_HOLDS : SUPERVISION_HOLDS", ()),
    ("a lost output opens no step while its condition is unknown", "rules/supervision.c",
     "[TRUTH_UNKNOWN] = { SUPERVISION_ASKS, SUPERVISION_OPENS_STEP },",
     "[TRUTH_UNKNOWN] = { SUPERVISION_ASKS, SUPERVISION_ASKS },", ()),
    ("a lost action leaves its step done", "rules/engine/order.c",
     "step_set(o->incident, (size_t)step, STEP_OPEN, \"\", &o->tell);", ";", ()),
    ("nobody is called where an action has failed", "rules/incident/incident.c",
     "action_has_failed(state->action));", "action_has_failed(state->action) && false);", ()),
    ("outputs are opened after a reload as at the first start", "daemon/bus/bus.c",
     "*point->held = *was->held;", "(void)*was->held;", ()),
    ("after a reload no bus is told what rules watch", "daemon/bus/bus.c",
     "if (set->looked && changes ==", "if (changes ==", ()),
    ("a message dropped by a full outbox is told to nobody", "daemon/tell/tell.c",
     "	tell_sweep_dropped(tell, moment);", "", ()),
    ("nobody is called where nobody is on duty", "daemon/tell/notify.c",
     "any |= role_of_level(plan, &plan->roles[i], level) &&",
     "any |= role_of_level(plan, &plan->roles[i], level) ||", ()),
    ("a rule that chatters is not named", "daemon/tell/stats.c",
     "if (strcmp(trouble, id) == 0)", "if (strcmp(trouble, id) != 0)", ()),
    ("every Home Assistant button has one id", "daemon/documents/discovery.c",
     'snprintf(id, sizeof(id), "_ack_%s", incident->id);',
     'snprintf(id, sizeof(id), "_ack_%s", incident->type->id);', ()),
    ("a device is silent after 4 failures, not 3", "daemon/bus/schedule.h",
     "SCHEDULE_FAILURES = 3,", "SCHEDULE_FAILURES = 4,", ()),
    ("a Modbus RTU timeout of n s is n-1 s", "adapters/modbus/rtu.c",
     "(uint32_t)(device->timeout_ms / 1000),",
     "(uint32_t)(device->timeout_ms < 1000 ? 0 : device->timeout_ms / 1000 - 1),", ()),
    ("a suppressed incident that is over never closes", "rules/incident/slot.c",
     "INCIDENT_EVENT_COMPLETE : INCIDENT_EVENT_DISMISS",
     "INCIDENT_EVENT_COMPLETE : INCIDENT_EVENT_COMPLETE", ()),
    ("reminders of the time in which the daemon was down are sent", "rules/incident/follow.c",
     "if (state->remind_ms <= engine->input_ms)", "if (false)", ()),
    ("the disk is probed when it is well instead of when it is ill", "daemon/journal/store.c",
     "	else if (store->error)", "	else if (!store->error)", ()),
    ("a full disk does not make the journal give up its reserve", "daemon/journal/store.c",
     "{ make_room, give_ballast }", "{ make_room, make_room }", ()),
    ("an older journal that turns up late is gone on with", "daemon/journal/store.c",
     "if (!store->loaded && journal_db_used(store->db))", "if (false && store->loaded)", ()),
    ("a broker without a subscriber has recorded", "daemon/mqtt/message.c",
     "reason_code < MQTT_REFUSED ? MQTT_UNHEARD", "reason_code < MQTT_REFUSED ? MQTT_RECORDED", ()),
    ("a full outbox does not count what it dropped", "daemon/mqtt/outbox.c", "outbox->dropped++;", ";", ()),
    ("the time of a first stage begins anew with its detector", "rules/incident/fact.c",
     "if (fact == incident->type->stage && state->asked)", "if (false)", ()),
    ("no second detector means that there is no fire", "rules/incident/fact.c",
     "if (fact == incident->type->stage && sensor == TRUTH_FALSE)", "if (false)", ()),
    ("a partner that is not usable leaves the first stage", "rules/incident/fact.c",
     "	return take(s->incident, fact, FACT_EVENT_DEADLINE, \"\", tell);", "	return false;", ()),
    ("a partner that was not read yet counts as dead", "rules/incident/fact.c",
     "if (reading->quality == QUALITY_BAD && reading->reason == REASON_NEVER)", "if (false)", ()),
    ("a report leaves the first stage", "rules/incident/fact.c",
     "if (incident->type->stage && !incident->drill)", "if (incident->type->stage && incident->drill)", ()),
    ("a no holds for what begins after it", "rules/incident/fact.c",
     "if (!stage || !incident->told || !take(incident, stage, FACT_EVENT_RAISE, \"\", &machine))", "if (stage != incident->type->stage || machine.at_ms)", ()),
    ("a no to the stage needs no reason", "rules/incident/fact.c", "!is_reason(order->note) &&", "false &&", ()),
    ("an older plan's fire goes back to a first stage", "rules/incident/fact.c",
     "else if (take(incident, fact, FACT_EVENT_DEADLINE, \"\", tell))", "else if (false)", ()),
    ("who has acknowledged a first stage has acknowledged the fire", "rules/incident/stage.c",
     "	incident_unack(incident, at_ms);", "	(void)at_ms;", ()),
    ("a machine acts upon a stage that is only assumed", "rules/incident/incident.c",
     "fact_is_said(incident->facts[stage->index].status));", "true);", ()),
    ("the steps of the full stage apply in the first", "rules/incident/steps.c",
     "	if (!step_in_stage(s->incident, step))\n", "	if (false)\n", ()),
    ("an incident closes while nobody has said that it is none", "rules/incident/steps.c",
     "if (stage && incident->facts[stage->index].status == FACT_UNKNOWN)", "if (false)", ()),
    ("nobody is told that a first stage is full", "daemon/tell/notify.c",
     "[TRANSITION_STAGE] = CONCERNS_ALL", "[TRANSITION_STAGE] = CONCERNS_NOBODY", ()),
    ("a shelf stops the time of a first stage", "rules/incident/due.c",
     "		followed |= INCIDENT_IS_SHELVED;", "		followed |= 0;", ()),
)


def try_row(copy, name, path, old, new, system):
    """What is printed of a row, and whether a test saw it."""
    if not os.path.exists(os.path.join(copy.folder, path)) or copy.read(path).count(old) != 1:
        return f"MEND   {name}: {path} has not once: {old.strip()}", False
    verdict, seen = mutate.try_change(copy, path, copy.read(path).replace(old, new), system)
    if verdict == "not built":
        return f"MEND   {name}: does not build: {seen.strip().splitlines()[-1]}", False
    return (f"seen   {name}: {seen}", True) if seen else (f"ALIVE  {name}: no test sees it", False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only rows whose name has one of these")
    arguments = parser.parse_args()
    rows = [row for row in REVERSALS
            if not arguments.names or any(name in row[0] for name in arguments.names)]
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = mutate.Copy(folder, arguments.build)
        why = copy.make("all", "unit-tests")
        if why:
            sys.exit(f"does not build as it is:\n{why[-2000:]}")
        for row in rows:
            said, seen = try_row(copy, *row)
            print(said, flush=True)
            count += seen
    print(f"{count} seen, {len(rows) - count} not seen")
    return 0 if count == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
