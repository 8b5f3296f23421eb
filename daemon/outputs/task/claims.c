/* The claims: who wants which output at which value, and what it was before. Must not switch
 * anything, nor forget a claim that may have been written. */
#include "daemon/outputs/task/task.h"

#include "core/log.h"
#include "core/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *step_id(const struct outputs *o, const struct task *task)
{
	const struct incident *incident = engine_find(o->engine, task->incident);

	return incident ? incident->type->steps[task->step.index].id : "";
}

bool claim_is_of(const struct claim *claim, const struct outputs *o, const struct task *task)
{
	return strcmp(claim->incident, task->incident) == 0 &&
	       strcmp(claim->step, step_id(o, task)) == 0;
}

int claim_step(const struct incident *incident, const struct claim *claim)
{
	for (size_t i = 0; incident && i < incident->type->step_count; i++)
		if (incident->type->steps[i].action &&
			strcmp(incident->type->steps[i].id, claim->step) == 0)
			return (int)i;
	return -1;
}

static struct claim *find(
	const struct outputs *o, const struct task *task, const struct point *point)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (claim->point == point && claim_is_of(claim, o, task))
			return claim;
	return NULL;
}

struct claim *claim_of_job(const struct outputs *o, const struct job *job)
{
	return find(o, job->task, job->point);
}

/* What it was before the first claim on it; NAN: not known. */
double claim_value_before(const struct outputs *o, const struct point *point)
{
	const struct reading *seen;
	const struct claim *other;

	TAILQ_FOREACH (other, &o->claims, entry)
		if (other->point == point)
			return other->before;
	seen = point->readback ? readback_seen(o, point->readback) : NULL;
	return seen && seen->quality == QUALITY_GOOD ? seen->value : NAN;
}

void claim_moved(struct outputs *o, const struct claim *claim)
{
	o->claims_moved = true;
	if (o->ports.claimed)
		o->ports.claimed(o->ports.context, claim->output);
}

struct claim *claim_new(struct outputs *o)
{
	struct claim *claim = TAILQ_FIRST(&o->free_claims);

	if (!claim)
		return NULL;
	TAILQ_REMOVE(&o->free_claims, claim, entry);
	*claim = (struct claim){ 0 };
	TAILQ_INSERT_TAIL(&o->claims, claim, entry);
	o->claims_moved = true;
	return claim;
}

struct claim *claim_make(
	struct outputs *o, const struct task *task, const struct point *point, int64_t now_ms)
{
	struct claim *claim = find(o, task, point);
	double before = claim_value_before(o, point);

	if (claim) { /* an order is new */
		claim->tries = 0;
		claim->reached_ms = claim->counted_ms = 0;
		claim->locked = false;
	}
	if (claim && !claim->withdrawn)
		return claim;
	if (!claim)
		claim = claim_new(o);
	if (!claim)
		return NULL;
	snprintf(claim->output, sizeof(claim->output), "%s", point->id);
	snprintf(claim->incident, sizeof(claim->incident), "%s", task->incident);
	snprintf(claim->step, sizeof(claim->step), "%s", step_id(o, task));
	claim->point = point;
	claim->value = task->action->value;
	claim->before = before;
	claim->since_ms = now_ms;
	claim->proved_ms = 0;
	claim->supervision = SUPERVISION_NONE;
	claim->withdrawn = false;
	claim_moved(o, claim);
	return claim;
}

void claim_prove(struct outputs *o, struct claim *claim, int64_t now_ms)
{
	bool was_lost = claim->supervision == SUPERVISION_LOST;

	claim->supervision = supervision_next(claim->supervision, SUPERVISION_PROVED);
	if (was_lost)
		output_trouble_end(o, claim->point);
	if (claim->proved_ms && !was_lost)
		return;
	if (!claim->proved_ms)
		claim->proved_ms = now_ms;
	claim_moved(o, claim);
}

/* What the loss of its output was a trouble for is over. */
static void give_up(struct outputs *o, struct claim *claim)
{
	claim->supervision = supervision_next(claim->supervision, SUPERVISION_WITHDRAWN);
	if (claim->point)
		output_trouble_end(o, claim->point);
}

static void end_into(struct outputs *o, struct claim *claim, struct claim_list *list)
{
	give_up(o, claim);
	TAILQ_REMOVE(&o->claims, claim, entry);
	TAILQ_INSERT_TAIL(list, claim, entry);
	o->hands -= claim->hand.state != HAND_NONE;
	claim_moved(o, claim);
}

void claim_end(struct outputs *o, struct claim *claim)
{
	end_into(o, claim, &o->free_claims);
}

void claim_restored(struct outputs *o, struct claim *claim, double value, const char *user)
{
	snprintf(claim->ended_by, sizeof(claim->ended_by), "%s", user);
	claim->value = value;
	end_into(o, claim, &o->ended);
}

void claim_withdraw(struct outputs *o, struct claim *claim)
{
	claim->withdrawn = true;
	give_up(o, claim);
	claim_moved(o, claim);
}

void claim_stand(struct outputs *o, struct claim *claim)
{
	claim->withdrawn = false;
	if (claim->proved_ms)
		claim->supervision = supervision_next(claim->supervision, SUPERVISION_PROVED);
	claim_moved(o, claim);
}

bool claim_stays(const struct claim *claim, const struct put_back *to)
{
	return to->verdict == PUT_BACK_HELD ||
	       (to->verdict == PUT_BACK_TO && to->value == claim->value);
}

void claims_see(struct outputs *o, const struct reading *reading)
{
	struct claim *claim;
	const char *told = "";

	TAILQ_FOREACH (claim, &o->claims, entry) {
		const struct point *readback = claim->point ? claim->point->readback : NULL;

		if (!readback || readback->index != reading->point ||
			(claim->seen.quality == reading->quality &&
				claim->seen.value == reading->value))
			continue;
		claim->seen = *reading;
		if (o->ports.claimed && strcmp(told, claim->output) != 0)
			o->ports.claimed(o->ports.context, claim->output);
		told = claim->output;
	}
}

/* What is no incident any more is over. */
static enum truth still_true(const struct outputs *o, const struct incident *incident)
{
	return incident ? engine_still_true(o->engine, incident) : TRUTH_FALSE;
}

/* NULL: a hand, or closed. */
const struct incident *claim_incident(const struct outputs *o, const struct claim *claim)
{
	return *claim->incident ? engine_find(o->engine, claim->incident) : NULL;
}

bool claim_is_over(const struct outputs *o, const struct claim *claim)
{
	return still_true(o, claim_incident(o, claim)) == TRUTH_FALSE;
}

/* Of the action of its step; what has none any more goes before nothing. */
static unsigned rank_of(const struct incident *incident, const struct claim *claim)
{
	int step = claim_step(incident, claim);

	return step < 0 ? 0 : incident->type->steps[step].action->rank;
}

/* Those of one output, in their order; *own: the place of this one. */
size_t claim_facts_of(const struct outputs *o, const struct claim *of,
	struct claim_facts facts[static CLAIM_MAX], size_t *own)
{
	const struct claim *claim;
	size_t count = 0;

	TAILQ_FOREACH (claim, &o->claims, entry) {
		const struct incident *incident;

		if (strcmp(claim->output, of->output) != 0)
			continue;
		if (claim == of)
			*own = count;
		incident = claim_incident(o, claim);
		facts[count++] = (struct claim_facts){ claim->value, still_true(o, incident),
			incident && incident->type->severity == SEVERITY_CRITICAL, claim->withdrawn,
			rank_of(incident, claim), claim->hand.state };
	}
	return count;
}

bool claim_is_outranked(const struct outputs *o, const struct claim *claim)
{
	struct claim_facts facts[CLAIM_MAX];
	size_t own = 0, count = claim_facts_of(o, claim, facts, &own);
	size_t first = claims_strongest(facts, count);

	return first < count && facts[first].value != claim->value;
}

struct put_back claim_put_back(const struct outputs *o, const struct claim *claim)
{
	struct claim_facts facts[CLAIM_MAX];
	size_t own = 0, count = claim_facts_of(o, claim, facts, &own);

	return claims_put_back(facts, count, own, claim->before);
}

void holder_add(struct output_holders *holders, const char *incident)
{
	for (size_t i = 0; i < holders->count; i++)
		if (strcmp(holders->incidents[i], incident) == 0)
			return;
	if (holders->count < HOLDER_MAX)
		strcpy(holders->incidents[holders->count++], incident);
}

/* As topics may show a person: "hand:property". */
static void holder_hand(
	const struct outputs *o, struct output_holders *holders, const struct claim *claim)
{
	char text[INCIDENT_ID_MAX + 1];

	snprintf(text, sizeof(text), "hand:%s", people_shown(&o->config->people, claim->hand.by));
	holder_add(holders, text);
}

void claim_holders(
	const struct outputs *o, const struct claim *claim, struct output_holders *holders)
{
	const struct claim *other;

	TAILQ_FOREACH (other, &o->claims, entry) {
		if (strcmp(other->output, claim->output) != 0 || other->withdrawn || other == claim)
			continue;
		if (hand_holds(other->hand.state))
			holder_hand(o, holders, other);
		else if (other->hand.state == HAND_NONE &&
			 strcmp(other->incident, claim->incident) != 0)
			holder_add(holders, other->incident);
	}
}

/* Over a restart and a reload ------------------------------------------------ */

/* A line: output, incident, step, value, before ("?": not known), since, what is owed of that,
 * proved, 1 withdrawn + 2 said + 4 locked + 8 asks, lost, tries, reached. Of a hand ("-" for
 * incident and step) also: state, until, what is owed of that, whose claim ended it ("-"), by,
 * reason. */
static void write_line(const struct claim *claim, FILE *out)
{
	const struct hand *hand = &claim->hand;

	fprintf(out, "%s %s %s %.17g ", claim->output, hand->state ? "-" : claim->incident,
		hand->state ? "-" : claim->step, claim->value);
	if (isnan(claim->before))
		fputc('?', out);
	else
		fprintf(out, "%.17g", claim->before);
	fprintf(out, " %lld %lld %lld %d %d %u %lld", (long long)claim->since_ms,
		(long long)claim->owed_ms, (long long)claim->proved_ms,
		claim->withdrawn + 2 * claim->said + 4 * claim->locked + 8 * claim->asks,
		claim->supervision == SUPERVISION_LOST, claim->tries, (long long)claim->reached_ms);
	if (hand->state)
		fprintf(out, " %d %lld %lld %s %s %s", (int)hand->state, (long long)hand->until_ms,
			(long long)hand->owed_ms, *hand->beaten_by ? hand->beaten_by : "-",
			hand->by, hand->reason);
	fputc('\n', out);
}

void claims_keep(struct outputs *o, bool again)
{
	const struct claim *claim;
	char *row = NULL;
	size_t length;
	FILE *out;

	if (!again && !o->claims_moved)
		return;
	out = TAILQ_EMPTY(&o->claims) ? NULL : open_memstream(&row, &length);
	if (!out && !TAILQ_EMPTY(&o->claims))
		return; /* no memory: what was kept is nearer to the truth than nothing */
	if (out) {
		TAILQ_FOREACH (claim, &o->claims, entry)
			write_line(claim, out);
		fclose(out);
	}
	o->claims_moved = false;
	o->ports.keep(o->ports.context, CLAIMS_ROW, row);
	free(row);
}

static bool take_id(char *to, size_t size, const char *word)
{
	return word && *word && (size_t)snprintf(to, size, "%s", word) < size;
}

static bool take_time(int64_t *to, const char *word, int64_t shift_ms)
{
	double value;

	if (!word || !number_parse(word, &value))
		return false;
	*to = value != 0 ? (int64_t)value + shift_ms : 0;
	return true;
}

static bool take_hand(struct claim *claim, char *rest, const struct reboot *reboot)
{
	struct hand *hand = &claim->hand;
	const char *state = strsep(&rest, " "), *until = strsep(&rest, " ");
	const char *owed = strsep(&rest, " ");
	const char *beaten_by = strsep(&rest, " "), *by = strsep(&rest, " ");
	double number;

	if (!state || !number_parse(state, &number) || number <= HAND_NONE ||
		number >= HAND_STATE_COUNT || !take_time(&hand->until_ms, until, 0) ||
		!take_time(&hand->owed_ms, owed, 0) ||
		!take_id(hand->beaten_by, sizeof(hand->beaten_by), beaten_by) ||
		!take_id(hand->by, sizeof(hand->by), by) || !rest)
		return false;
	until_reboot(&hand->until_ms, &hand->owed_ms, reboot);
	hand->state = (enum hand_state)number;
	if (strcmp(hand->beaten_by, "-") == 0)
		hand->beaten_by[0] = '\0';
	snprintf(hand->reason, sizeof(hand->reason), "%s", rest);
	claim->incident[0] = claim->step[0] = '\0';
	return true;
}

static bool take_yes(char **rest)
{
	const char *word = strsep(rest, " ");

	return word && strcmp(word, "1") == 0;
}

static bool take_line(struct claim *claim, char *rest, const struct reboot *reboot)
{
	const int64_t shift_ms = reboot->shift_ms;
	const char *value, *before, *since;
	unsigned long flags;
	int64_t tries;
	bool lost;

	if (!take_id(claim->output, sizeof(claim->output), strsep(&rest, " ")) ||
		!take_id(claim->incident, sizeof(claim->incident), strsep(&rest, " ")) ||
		!take_id(claim->step, sizeof(claim->step), strsep(&rest, " ")))
		return false;
	value = strsep(&rest, " ");
	before = strsep(&rest, " ");
	since = strsep(&rest, " ");
	claim->before = NAN;
	if (!value || !before || !number_parse(value, &claim->value) ||
		(strcmp(before, "?") != 0 && !number_parse(before, &claim->before)) ||
		!take_time(&claim->since_ms, since, 0) ||
		!take_time(&claim->owed_ms, strsep(&rest, " "), 0) ||
		!take_time(&claim->proved_ms, strsep(&rest, " "), shift_ms) || !rest)
		return false;
	until_reboot(&claim->since_ms, &claim->owed_ms, reboot);
	flags = strtoul(strsep(&rest, " "), NULL, 10);
	claim->withdrawn = flags & 1;
	claim->said = flags & 2;
	claim->locked = flags & 4;
	claim->asks = flags & 8;
	lost = take_yes(&rest);
	if (claim->proved_ms && !claim->withdrawn)
		claim->supervision = lost ? SUPERVISION_LOST : SUPERVISION_HOLDS;
	if (take_time(&tries, strsep(&rest, " "), 0) &&
		take_time(&claim->reached_ms, strsep(&rest, " "), 0))
		claim->tries = (unsigned)tries;
	if (rest && !take_hand(claim, rest, reboot))
		return false;
	/* Its intent may be on disk: nobody knows whether it went out. */
	claim->tried = true;
	return true;
}

/* Only what is there, and may be written, can be put back. */
static const struct point *output_of(const struct outputs *o, const struct claim *claim)
{
	const struct point *point = site_point(o->site, claim->output);

	return point && point->writable ? point : NULL;
}

static bool load_line(struct outputs *o, char *line, const struct reboot *reboot)
{
	struct claim *claim = claim_new(o);

	if (!claim || !take_line(claim, line, reboot)) {
		log_error("outputs: a claim of the last run is not understood");
		if (claim)
			claim_end(o, claim);
		return false;
	}
	o->hands += claim->hand.state != HAND_NONE;
	claim->point = output_of(o, claim);
	if (claim->point && claim->supervision == SUPERVISION_LOST)
		output_trouble(o, claim->point,
			WORD_WRITE_REFUSAL_SWITCHED_BACK_BY_HAND_RESTORE_STRIKES_IT);
	/* Opening its bus must not switch back what was switched. */
	if (claim->point && claim->point->held && !claim->withdrawn)
		*claim->point->held = claim->value;
	return true;
}

bool claims_load(struct outputs *o, const char *row, const struct reboot *reboot)
{
	char *copy = strdup(row), *rest = copy, *line;
	bool understood = copy;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			understood &= load_line(o, line, reboot);
	free(copy);
	return understood;
}

/* Of an output there is one hand. */
static bool is_same(const struct claim *claim, const struct output_claim *said)
{
	if (strcmp(claim->output, said->output) != 0)
		return false;
	if (said->hand)
		return claim->hand.state != HAND_NONE;
	return strcmp(claim->incident, said->incident) == 0 && strcmp(claim->step, said->step) == 0;
}

/* Whose it is. */
static bool take_owner(struct outputs *o, struct claim *claim, const struct output_claim *said)
{
	if (!said->hand)
		return take_id(claim->incident, sizeof(claim->incident), said->incident) &&
		       take_id(claim->step, sizeof(claim->step), said->step);
	claim->hand = *said->hand;
	o->hands++;
	return true;
}

void outputs_take_claim(struct outputs *o, const struct output_claim *said)
{
	struct claim *claim;

	TAILQ_FOREACH (claim, &o->claims, entry)
		if (is_same(claim, said))
			break;
	if (claim) { /* made anew, perhaps, by who did not know what the output was */
		if (isnan(claim->before))
			claim->before = said->before;
		claim_moved(o, claim);
		return;
	}
	claim = claim_new(o);
	if (!claim || !take_id(claim->output, sizeof(claim->output), said->output) ||
		!take_owner(o, claim, said)) {
		log_error("outputs: %s: a claim that the broker says is not taken", said->output);
		if (claim)
			claim_end(o, claim);
		return;
	}
	claim->value = said->value;
	claim->before = said->before;
	claim->since_ms = said->since_ms;
	claim->tried = claim->said = true;
	claim->point = output_of(o, claim);
	claim_moved(o, claim);
}

void claims_adopt(struct outputs *o, const struct outputs *old)
{
	const struct claim *was;

	TAILQ_FOREACH (was, &old->claims, entry) {
		struct claim *claim = claim_new(o); /* there is room for as many */
		struct claim made = *claim;

		*claim = *was;
		claim->entry = made.entry;
		claim->point = output_of(o, claim);
	}
	o->hands = old->hands;
}
