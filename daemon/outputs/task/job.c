/* The state table of an output's job. Must not know of time, ports or readings. */
#include "daemon/outputs/task/job.h"

/*
 * Short names, so that the eye takes the table as one; ROW is the state of the row itself. Counted
 * from 1 here: a hole is a zero that the test finds.
 */
enum {
	ROW = JOB_STATE_COUNT + 1,
	WAI = JOB_WAITING + 1,
	REC = JOB_RECORDING + 1,
	RDY = JOB_READY + 1,
	WRI = JOB_WRITING + 1,
	CFG = JOB_CONFIRMING + 1,
	CFD = JOB_CONFIRMED + 1,
	UNP = JOB_UNPROVEN + 1,
	FAI = JOB_FAILED + 1,
	REF = JOB_REFUSED + 1,
	PRO = JOB_PROTECTED + 1,
	OVE = JOB_OVERTAKEN + 1,
};

/* clang-format off */
static const unsigned char table[JOB_STATE_COUNT][JOB_EVENT_COUNT] = {
	/* in the order of the events:
	 *                   allo refu prot over reco not- writ writ not- call agre diff agai lost try- expi
	 *                   -wed -sed -ect take -ded reco -ten blin writ -ed  -es  -ers -n       over -red */
	[JOB_CHECKING]   = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, CFD, WAI, ROW, ROW, WAI, WAI },
	[JOB_WAITING]    = { REC, REF, PRO, OVE, ROW, ROW, ROW, ROW, ROW, ROW, CFD, ROW, ROW, ROW, ROW, FAI },
	[JOB_RECORDING]  = { ROW, ROW, ROW, ROW, RDY, FAI, ROW, ROW, ROW, ROW, CFD, ROW, ROW, ROW, ROW, FAI },
	[JOB_READY]      = { WRI, REF, PRO, OVE, ROW, ROW, ROW, ROW, ROW, ROW, CFD, ROW, ROW, ROW, ROW, FAI },
	[JOB_WRITING]    = { ROW, ROW, ROW, ROW, ROW, ROW, CFG, UNP, CFG, RDY, ROW, ROW, ROW, ROW, ROW, FAI },
	[JOB_CONFIRMING] = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, UNP, ROW, ROW, CFD, ROW, ROW, ROW, WAI, FAI },
	[JOB_CONFIRMED]  = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, FAI, ROW, ROW },
	[JOB_UNPROVEN]   = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW },
	[JOB_FAILED]     = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, CFD, ROW, WAI, ROW, ROW, ROW },
	[JOB_REFUSED]    = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW },
	[JOB_PROTECTED]  = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW },
	[JOB_OVERTAKEN]  = { ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW },
};
/* clang-format on */

enum job_state job_next(enum job_state state, enum job_event event)
{
	unsigned next = table[state][event];

	return next == ROW ? state : (enum job_state)(next - 1);
}

bool job_ended(enum job_state state)
{
	return state >= JOB_CONFIRMED;
}

bool job_was_barred(enum job_state state)
{
	return state == JOB_REFUSED || state == JOB_OVERTAKEN || state == JOB_PROTECTED;
}

enum output_state job_output_state(enum job_state state)
{
	static const unsigned char shown[JOB_STATE_COUNT] = {
		[JOB_CHECKING] = OUTPUT_CONFIRMING,
		[JOB_WAITING] = OUTPUT_RECORDING,
		[JOB_RECORDING] = OUTPUT_RECORDING,
		[JOB_READY] = OUTPUT_RECORDING,
		[JOB_WRITING] = OUTPUT_WRITING,
		[JOB_CONFIRMING] = OUTPUT_CONFIRMING,
		[JOB_CONFIRMED] = OUTPUT_CONFIRMED,
		[JOB_UNPROVEN] = OUTPUT_UNPROVEN,
		[JOB_FAILED] = OUTPUT_FAILED,
		[JOB_REFUSED] = OUTPUT_REFUSED,
		[JOB_PROTECTED] = OUTPUT_REFUSED,
		[JOB_OVERTAKEN] = OUTPUT_REFUSED,
	};

	return (enum output_state)shown[state];
}

/* The table of words has them in the order of their enumeration. */
_Static_assert((int)OUTPUT_ADVISED == WORD_OUTPUT_ADVISED, "states of outputs");

const char *output_state_name(enum output_state state)
{
	return word_id(WORD_OUTPUT, state);
}
