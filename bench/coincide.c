/*
 * What readings cost the engine and the outputs while much coincides: 200 incidents are open, and
 * 500 outputs claimed. The floor is the same frames with nothing open. The rooms are the daemon's
 * own; buses, record and time are played. One JSON object on standard output.
 */
#include "bench/measure.h"
#include "daemon/outputs/plant.h"

enum {
	ZONES = 200,
	LEVELS = 24, /* numbers in a zone, which no rule finds too high */
	RELAYS_MAX = 3,
	CLAIMS = 500, /* in half the zones three, in the others two */
	ZONE_POINTS = 1 + LEVELS + 2 * RELAYS_MAX,
	FRAMES = 40000,
	FRAME_MS = 5, /* 200 a second, of 25 readings and the read-backs */
};

static uint64_t allocations;

/* glibc's own, behind its public names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
	allocations++;
	return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
	allocations++;
	return __libc_realloc(ptr, size);
}

static struct zone zones[ZONES + 1];
static struct point_class classes[] = {
	{ .id = "leak", .kind = POINT_STATE, .index = 0 },
	{ .id = "level", .kind = POINT_NUMBER, .unit = "cm", .index = 1 },
	{ .id = "circuit", .kind = POINT_STATE, .index = 2 },
	{ .id = "circuit.back", .kind = POINT_STATE, .index = 3 },
};
enum { LEAK, LEVEL, CIRCUIT, BACK };

static char names[ZONES * ZONE_POINTS + ZONES + 1][16];
static struct point points[ZONES * ZONE_POINTS];
static struct reading values[ZONES * ZONE_POINTS];
static struct device device = { .id = "d" };
static struct zone_points {
	struct point *first; /* leak, levels, relays, read-backs */
	size_t relays;
} of_zone[ZONES];

static struct action cut = { .id = "cut",
	.class = &classes[CIRCUIT],
	.scope = ACTION_ZONE,
	.value = 0,
	.mode = ACTION_AUTO,
	.confirm_ms = 5000 };
static struct step step = { .id = "cut", .clause = "16.1", .mandatory = true, .action = &cut };
static struct incident_type type = {
	.id = "leak", .number = 16, .severity = SEVERITY_HIGH, .steps = &step, .step_count = 1
};
static struct rule rule = { .id = "wet",
	.type = &type,
	.condition = "any(leak) or any(level > 50 cm)",
	.each_zone = true,
	.zone = zones };
static struct config config = {
	.site = { .id = "bench",
		.zones = zones,
		.zone_count = ZONES + 1,
		.classes = classes,
		.class_count = 4,
		.points = points,
		.devices = &device,
		.device_count = 1 },
	.plan = { .actions = &cut, .action_count = 1, .types = &type, .type_count = 1 },
	.rules = &rule,
	.rule_count = 1,
	.daemon = { .actions_armed = true },
};
static struct plant plant;
static int64_t now_ms = 1000;

static struct point *add_point(const struct zone *zone, size_t class)
{
	const uint32_t index = (uint32_t)config.site.point_count++;
	struct point *point = &points[index];

	snprintf(names[index], sizeof(names[index]), "p%u", index);
	*point = (struct point){ .id = names[index],
		.class = &classes[class],
		.zone = zone,
		.device = &device,
		.index = index,
		.min = 0,
		.max = 100,
		.poll_ms = 1000,
		.stale_ms = 10000 };
	values[index] = (struct reading){ .point = index, .quality = QUALITY_GOOD };
	return point;
}

static void build_zone(size_t i)
{
	struct zone *zone = &zones[i + 1];
	struct zone_points *own = &of_zone[i];

	snprintf(names[ZONES * ZONE_POINTS + i], sizeof(names[0]), "z%zu", i);
	*zone = (struct zone){
		.id = names[ZONES * ZONE_POINTS + i], .parent = zones, .index = (uint32_t)(i + 1)
	};
	own->relays = i % 2 ? 2 : 3;
	own->first = add_point(zone, LEAK);
	for (size_t level = 0; level < LEVELS; level++)
		add_point(zone, LEVEL);
	for (size_t relay = 0; relay < own->relays; relay++)
		add_point(zone, CIRCUIT)->writable = true;
	for (size_t relay = 0; relay < own->relays; relay++) {
		struct point *back = add_point(zone, BACK), *output = back - own->relays;

		values[back->index].value = 1;
		output->armed = true;
		output->readback = back;
	}
}

/* Ports: what is written is there at once, and recorded before. */
static struct {
	uint64_t ticket;
	const struct point *point;
	double value;
} asked[OUTPUTS_MAX];
static uint64_t intents[OUTPUTS_MAX];
static size_t recording, writing;

static int port_write(void *buses, const struct point *point, double value, uint64_t ticket)
{
	(void)buses;
	asked[writing].ticket = ticket;
	asked[writing].point = point;
	asked[writing++].value = value;
	return 0;
}

static void port_read_now(void *buses, const struct point *point)
{
	(void)buses, (void)point;
}

static const struct reading *port_reading(void *buses, const struct point *point)
{
	(void)buses;
	return &values[point->index];
}

static void port_record(void *context, const struct intent *intent, uint64_t ticket)
{
	(void)context, (void)intent;
	intents[recording++] = ticket;
}

static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	(void)sink;
	outputs_transition(plant.outputs, transition);
}
static struct engine_sink sink = { on_transition };

static void port_report(void *context, const char *id, int index, enum action_state state,
	const char *user, const char *note)
{
	(void)context;
	engine_action(plant.engine, id, index, state, user, note, now_ms, &sink);
}

static void port_trouble(void *context, const struct point *point, enum word_write_refusal why)
{
	(void)context, (void)point, (void)why;
}

static void port_keep(void *context, const char *id, const char *row)
{
	(void)context, (void)id, (void)row;
}

static bool port_again(void *context)
{
	(void)context;
	return false;
}

static void port_called(void *context, const struct fallback *fallback,
	const struct called_output *outputs, size_t count)
{
	(void)context, (void)fallback, (void)outputs, (void)count;
}

static const struct outputs_ports ports = { .write = port_write,
	.read_now = port_read_now,
	.reading = port_reading,
	.record = port_record,
	.report = port_report,
	.trouble = port_trouble,
	.keep = port_keep,
	.again = port_again,
	.called = port_called };

/* As the hub has it: a frame, and what follows from it. */
static void take(size_t zone)
{
	const struct zone_points *own = &of_zone[zone];
	const size_t count = 1 + LEVELS + 2 * own->relays;
	struct reading *frame = &values[own->first->index];

	for (size_t i = 0; i < count; i++)
		frame[i].at_ms = now_ms;
	for (size_t i = 1; i <= LEVELS; i++)
		frame[i].value = (double)((now_ms / FRAME_MS + (int64_t)i) % 40);
	outputs_frame(plant.outputs, frame, count, now_ms);
	engine_frame(plant.engine, frame, count, now_ms, &sink);
	outputs_run(plant.outputs, now_ms);
}

/* What was asked of record and buses meanwhile happens. */
static void serve(void)
{
	while (recording || writing) {
		const size_t intended = recording, written = writing;

		recording = writing = 0;
		for (size_t i = 0; i < intended; i++)
			outputs_recorded(plant.outputs, intents[i], true, now_ms);
		for (size_t i = 0; i < written; i++) {
			values[asked[i].point->index].value = asked[i].value;
			values[asked[i].point->readback->index].value = asked[i].value;
			outputs_written(plant.outputs, asked[i].ticket, 0, now_ms);
		}
		outputs_run(plant.outputs, now_ms);
	}
}

static void go_round(size_t frames)
{
	for (size_t i = 0; i < frames; i++) {
		now_ms += FRAME_MS;
		engine_tick(plant.engine, now_ms, &sink);
		take(i % ZONES);
		serve();
	}
}

static size_t claims(void)
{
	struct output_claim claim;
	size_t count = 0;

	while (outputs_claim(plant.outputs, count, &claim) && claim.proved_ms)
		count++;
	return count;
}

/* Of a frame, in ns of processor time; allocations are counted too. */
static double measure(uint64_t *allocated)
{
	int64_t begun_ns;

	go_round(ZONES); /* caches */
	*allocated = allocations;
	begun_ns = processor_ns();
	go_round(FRAMES);
	begun_ns = processor_ns() - begun_ns;
	*allocated = allocations - *allocated;
	return (double)begun_ns / FRAMES;
}

int main(void)
{
	uint64_t idle_allocated, busy_allocated;
	struct failure why;
	double idle_ns, busy_ns;
	size_t open = 0;

	zones[0] = (struct zone){ .id = "bench" };
	for (size_t i = 0; i < ZONES; i++)
		build_zone(i);
	if (plant_make(&plant, &config, NULL, &ports, now_ms, &why)) {
		fprintf(stderr, "coincide: %s\n", why.detail);
		return 1;
	}
	idle_ns = measure(&idle_allocated);
	for (size_t i = 0; i < ZONES; i++)
		values[of_zone[i].first->index].value = 1;
	go_round(4L * ZONES);
	while (engine_incident(plant.engine, open))
		open++;
	if (open != ZONES || claims() != CLAIMS) {
		fprintf(stderr, "coincide: %zu incidents, %zu claims proved\n", open, claims());
		return 1;
	}
	busy_ns = measure(&busy_allocated);
	printf("{\"incidents\": %zu, \"claims\": %zu, \"readings_per_s\": %d, \"idle_ns\": %.0f, "
	       "\"busy_ns\": %.0f, \"idle_allocations\": %llu, \"busy_allocations\": %llu, "
	       "\"frames\": %d, \"processor_percent\": %.3f}\n",
		open, claims(), (1 + LEVELS) * 1000 / FRAME_MS, idle_ns, busy_ns,
		(unsigned long long)idle_allocated, (unsigned long long)busy_allocated, FRAMES,
		busy_ns * 1000 / FRAME_MS / 1e9 * 100);
	plant_free(&plant);
	return 0;
}
