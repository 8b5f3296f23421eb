/* Merging: few requests, none too long, every point in exactly one. */
#include "core/clock.h"
#include "tests/modbus_bench.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
/* after setjmp.h */
#include <cmocka.h>

static struct bench b;

static int start(void **state)
{
	(void)state;
	bench_init(&b);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	modbus_unplan(&b.poll);
	return 0;
}

static const struct modbus_plan *planned(void)
{
	assert_int_equal(bench_ready(&b), 0);
	return b.poll.plan;
}

static void assert_request(const struct modbus_request *request, unsigned function,
	unsigned address, unsigned count, size_t points)
{
	assert_int_equal(request->function, function);
	assert_int_equal(request->address, address);
	assert_int_equal(request->count, count);
	assert_int_equal(request->point_count, points);
}

static void neighbours(void **state)
{
	const struct modbus_plan *plan;

	(void)state;
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 112);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_F32, 100);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 100); /* the same register */
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 124); /* a gap of 11 */
	bench_add(&b, MODBUS_TABLE_INPUT, MODBUS_TYPE_U16, 101);
	bench_add(&b, MODBUS_TABLE_COIL, MODBUS_TYPE_BIT, 8);
	bench_add(&b, MODBUS_TABLE_COIL, MODBUS_TYPE_BIT, 169); /* a gap of 160 bits */
	bench_add(&b, MODBUS_TABLE_DISCRETE, MODBUS_TYPE_BIT, 0);
	plan = planned();
	assert_int_equal(plan->request_count, 5);
	assert_request(&plan->requests[0], 3, 100, 13, 3);
	assert_request(&plan->requests[1], 3, 124, 1, 1);
	assert_request(&plan->requests[2], 4, 101, 1, 1);
	assert_request(&plan->requests[3], 1, 8, 162, 2);
	assert_request(&plan->requests[4], 2, 0, 1, 1);
}

static void device_limits(void **state)
{
	const struct modbus_plan *plan;

	(void)state;
	b.options.max_registers = 4;
	b.options.max_bits = 8;
	for (int i = 0; i < 6; i++)
		bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, i);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U32, 6); /* may not be cut */
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_F64, 7);
	for (int i = 0; i < 9; i++)
		bench_add(&b, MODBUS_TABLE_COIL, MODBUS_TYPE_BIT, i);
	plan = planned();
	assert_int_equal(plan->request_count, 5);
	assert_request(&plan->requests[0], 3, 0, 4, 4);
	assert_request(&plan->requests[1], 3, 4, 4, 3);
	assert_request(&plan->requests[2], 3, 7, 4, 1);
	assert_request(&plan->requests[3], 1, 0, 8, 8);
	assert_request(&plan->requests[4], 1, 8, 1, 1);
}

static void no_gap(void **state)
{
	const struct modbus_plan *plan;

	(void)state;
	b.options.gap_registers = 0;
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 0);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 1);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 3);
	plan = planned();
	assert_int_equal(plan->request_count, 2);
	assert_request(&plan->requests[0], 3, 0, 2, 2);
}

static void empty(void **state)
{
	(void)state;
	assert_int_equal(planned()->request_count, 0);
}

static void random_points(void **state)
{
	unsigned seed = (unsigned)getpid() ^ (unsigned)clock_now_ms();

	(void)state;
	print_message("seed %u\n", seed);
	srandom(seed);
	for (unsigned round = 0; round < 2000; round++) {
		const struct modbus_plan *plan;
		size_t total = 0, count = 1 + (size_t)random() % BENCH_POINT_MAX;

		bench_init(&b);
		b.options.max_registers = 4 + random() % 122;
		b.options.max_bits = 1 + random() % 2000;
		b.options.gap_registers = random() % 40;
		for (size_t i = 0; i < count; i++) {
			int table = MODBUS_TABLE_HOLDING + (int)(random() % 4);
			int type = modbus_table_is_bits(table)
					   ? MODBUS_TYPE_BIT
					   : MODBUS_TYPE_U16 + (int)(random() % 8);

			bench_add(&b, table, type, random() % (random() % 2 ? 300 : 65000));
		}
		plan = planned();
		for (size_t r = 0; r < plan->request_count; r++) {
			const struct modbus_request *q = &plan->requests[r];

			assert_true(q->count <= (q->function <= 2 ? b.options.max_bits
								  : b.options.max_registers));
			total += q->point_count;
			for (size_t i = 0; i < q->point_count; i++) {
				const struct modbus_point *p = q->points[i]->options;

				assert_true(p->address >= q->address &&
					    p->address + p->words <= q->address + q->count);
			}
		}
		assert_int_equal(total, count);
		modbus_unplan(&b.poll);
	}
}

static void overlaps(void **state)
{
	struct point *wide, *narrow, *coil;

	(void)state;
	wide = bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_F32, 10);
	narrow = bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 11);
	coil = bench_add(&b, MODBUS_TABLE_COIL, MODBUS_TYPE_BIT, 10);
	wide->writable = narrow->writable = coil->writable = true;
	planned();
	assert_true(modbus_overlap(wide, narrow));
	assert_false(modbus_overlap(wide, coil));
	narrow->writable = false; /* its read-back is an echo */
	assert_true(modbus_overlap(wide, narrow));
	/* Two inputs in the bits of one register, and the same one twice. */
	((struct modbus_point *)narrow->options)->bit = 3;
	wide->writable = false;
	((struct modbus_point *)wide->options)->bit = 4;
	assert_false(modbus_overlap(wide, narrow));
	((struct modbus_point *)narrow->options)->pair = true;
	assert_true(modbus_overlap(wide, narrow));
}

extern const struct adapter adapter_modbus_tcp, adapter_modbus_rtu;

static void costs(void **state)
{
	double cost;

	(void)state;
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 0);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 1000);
	planned();
	b.options.latency_ms = 20;
	b.bus.options = &b.tcp;
	assert_true(adapter_modbus_tcp.cost_ms(&b.poll) == 40);
	b.tcp.turnaround_ms = 30;
	assert_true(adapter_modbus_tcp.cost_ms(&b.poll) == 100);
	b.options.timeout_ms = 500;
	assert_true(adapter_modbus_tcp.loss_ms(&b.device, true) == 530);
	b.tcp.framing = MODBUS_FRAMING_RTU; /* the second try owes the silence */
	assert_true(adapter_modbus_tcp.loss_ms(&b.device, false) == 530);
	assert_true(adapter_modbus_tcp.loss_ms(&b.device, true) == 1030);
	b.bus.options = &b.rtu;
	b.rtu.baud = 3; /* 9600 */
	/* Twice 8 bytes out, 7 back, 3.5 between at 11 bits each, and the latency. */
	cost = adapter_modbus_rtu.cost_ms(&b.poll);
	assert_true(cost > 40 + 2 * 18.5 * 11 / 9.6 - 0.01);
	assert_true(cost < 40 + 2 * 18.5 * 11 / 9.6 + 0.01);
	/* 8 bytes out and the gap, the time-out; the second try owes the silence. */
	b.options.timeout_ms = 500;
	b.rtu.silence_ms = 300;
	cost = adapter_modbus_rtu.loss_ms(&b.device, false);
	assert_true(cost > 500 + 11.5 * 11 / 9.6 - 0.01 && cost < 500 + 11.5 * 11 / 9.6 + 0.01);
	assert_true(adapter_modbus_rtu.loss_ms(&b.device, true) == cost + 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(neighbours, start, stop),
		cmocka_unit_test_setup_teardown(device_limits, start, stop),
		cmocka_unit_test_setup_teardown(no_gap, start, stop),
		cmocka_unit_test_setup_teardown(empty, start, stop),
		cmocka_unit_test_setup_teardown(random_points, start, stop),
		cmocka_unit_test_setup_teardown(overlaps, start, stop),
		cmocka_unit_test_setup_teardown(costs, start, stop),
	};

	return cmocka_run_group_tests_name("modbus_merge", tests, NULL, NULL) ? 1 : 0;
}
