/* The frame of an answer, found among whatever else there is. */
#include "adapters/modbus/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after setjmp.h */
#include <cmocka.h>

/* "What is in the registers 0x6b to 0x6d of unit 17?": the example of the standard, and its sum. */
static const uint8_t request[] = { 0x11, 3, 0, 0x6b, 0, 3 };
static const uint8_t answer[] = { 0x11, 3, 6, 0xae, 0x41, 0x56, 0x52, 0x43, 0x40 };

static size_t answer_put(uint8_t *bytes)
{
	memcpy(bytes, answer, sizeof(answer));
	return frame_seal(bytes, sizeof(answer));
}

static void sealed(void **state)
{
	uint8_t bytes[16];
	size_t size;

	(void)state;
	memcpy(bytes, request, sizeof(request));
	assert_int_equal(frame_seal(bytes, sizeof(request)), 8);
	assert_int_equal(bytes[6], 0x76);
	assert_int_equal(bytes[7], 0x87);
	size = answer_put(bytes);
	assert_int_equal(bytes[size - 2], 0x49);
	assert_int_equal(bytes[size - 1], 0xad);
}

static void found_among_noise(void **state)
{
	uint8_t bytes[64] = { 0x00, 0x11, 0x03, 0xff };
	size_t pdu_size = 0, size = 4 + answer_put(bytes + 4);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_null(frame_find(bytes, cut, request, &pdu_size));
	assert_ptr_equal(frame_find(bytes, size, request, &pdu_size), bytes + 5);
	assert_int_equal(pdu_size, 8);
	bytes[size] = 0x55; /* and behind */
	assert_non_null(frame_find(bytes, size + 1, request, &pdu_size));
}

static void of_another(void **state)
{
	static const size_t places[] = { 0, 1, 2, 5, 9, 10 };
	uint8_t bytes[64], other[sizeof(request)];
	size_t pdu_size, size = answer_put(bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bytes[places[i]] ^= 1;
		assert_null(frame_find(bytes, size, request, &pdu_size));
		bytes[places[i]] ^= 1;
	}
	/* Sound, but of another unit, and the answer to a longer request. */
	memcpy(other, request, sizeof(other));
	other[0]++;
	assert_null(frame_find(bytes, size, other, &pdu_size));
	other[0]--;
	other[5]++;
	assert_null(frame_find(bytes, size, other, &pdu_size));
}

static void refused(void **state)
{
	uint8_t bytes[8] = { 0x11, 0x83, 2 };
	size_t pdu_size;

	(void)state;
	assert_ptr_equal(frame_find(bytes, frame_seal(bytes, 3), request, &pdu_size), bytes + 1);
	assert_int_equal(pdu_size, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed),
		cmocka_unit_test(found_among_noise),
		cmocka_unit_test(of_another),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("modbus_frame", tests, NULL, NULL) ? 1 : 0;
}
