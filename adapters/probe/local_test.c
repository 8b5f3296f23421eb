/*
 * A machine that cannot ask: no descriptors, no right, no route, no carrier. That is never "does
 * not answer".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/probe_bench.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

static void test_no_descriptors(void **state)
{
	struct rlimit before, none;
	int port;

	(void)state;
	listener = server(SOCK_STREAM, &port);
	add(PROBE_TCP, PROBE_GIVE_ANSWERS, port);
	start();
	finish();
	assert_good(&b, 0, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	start();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_bad(&b, 0, REASON_LOCAL);
	assert_int_equal(b.last[0].detail, EMFILE);
}

static void test_ping_not_permitted(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

	(void)state;
	if (fd >= 0) {
		close(fd);
		skip(); /* it is */
	}
	add(PROBE_PING, PROBE_GIVE_ANSWERS, 0);
	start();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_bad(&b, 0, REASON_LOCAL);
	assert_int_equal(b.last[0].detail, EACCES);
}

static void test_no_interface(void **state)
{
	(void)state;
	bus_options.interface = "no-such-if";
	assert_int_equal(b.adapter->event->open(&b.bus, b.now_ms, &b.link), -ENODEV);
}

static void set_lo(bool up)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

static void allow_ping(void)
{
	int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0 0", 3) < 0)
		print_message("ping cannot be allowed here\n");
	if (fd >= 0)
		close(fd);
}

/* A network of its own, whose only interface the test can pull. */
static int set_up_network(void **state)
{
	static int home = -1;

	*state = &home;
	set_up(state);
	*state = &home;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	close(home);
	home = -1;
	return 0;
}

static int tear_down_network(void **state)
{
	int home = *(int *)*state;

	tear_down(state);
	if (home >= 0) {
		setns(home, CLONE_NEWNET);
		close(home);
	}
	return 0;
}

static void test_no_network(void **state)
{
	if (*(int *)*state < 0)
		skip(); /* needs root */
	/* No route: nothing left this machine, so nobody failed to answer. */
	add(PROBE_TCP, PROBE_GIVE_ANSWERS, 9);
	add(PROBE_DNS, PROBE_GIVE_ANSWERS, 53);
	start();
	assert_int_equal(state_of(), LINK_IDLE);
	assert_bad(&b, 0, REASON_LOCAL);
	assert_bad(&b, 1, REASON_LOCAL);
	assert_int_equal(b.last[0].detail, ENETUNREACH);
	/* With the interface named, there is not even a link. */
	b.adapter->event->close(b.link);
	b.link = NULL;
	bus_options.interface = "lo";
	assert_int_equal(b.adapter->event->open(&b.bus, b.now_ms, &b.link), -ENETDOWN);
	set_lo(true);
	start();
	finish();
	assert_good(&b, 0, 0);
	assert_good(&b, 1, 0);
}

static void test_the_cable_is_pulled(void **state)
{
	int port;

	if (*(int *)*state < 0)
		skip(); /* needs root */
	set_lo(true);
	bus_options.interface = "lo";
	listener = server(SOCK_STREAM, &port);
	add(PROBE_HTTP, PROBE_GIVE_ANSWERS, port);
	add(PROBE_HTTP, PROBE_GIVE_ANSWERS, port);
	start();
	assert_true(bench_turn(&b, TURN_MS));
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(peer >= 0);
	set_lo(false);
	bench_deadline(&b);
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(link_head(b.link)->result, -ENETDOWN);
	assert_bad(&b, 0, REASON_LINK);
	assert_bad(&b, 1, REASON_LINK);
	assert_int_equal(b.readings[0] + b.readings[1], 2);
	/* And a poll that begins without it: the link is lost before anything is asked. */
	set_lo(true);
	b.adapter->event->close(b.link);
	b.link = NULL;
	assert_int_equal(b.adapter->event->open(&b.bus, b.now_ms, &b.link), 0);
	set_lo(false);
	start();
	assert_int_equal(state_of(), LINK_LOST);
	assert_bad(&b, 1, REASON_LINK);
}

static void test_ping(void **state)
{
	int fd;

	if (*(int *)*state < 0)
		skip(); /* needs root */
	set_lo(true);
	allow_ping();
	fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	if (fd < 0)
		skip(); /* not even here */
	close(fd);
	add(PROBE_PING, PROBE_GIVE_ANSWERS, 0);
	add(PROBE_PING, PROBE_GIVE_MS, 0);
	add(PROBE_PING, PROBE_GIVE_ANSWERS, 0)->host = "::1";
	start();
	finish();
	assert_good(&b, 0, 1);
	assert_good(&b, 1, 0);
	assert_good(&b, 2, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define NETWORK_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_network, tear_down_network)
	const struct CMUnitTest tests[] = {
		TEST(test_no_descriptors),
		TEST(test_ping_not_permitted),
		TEST(test_no_interface),
		NETWORK_TEST(test_no_network),
		NETWORK_TEST(test_the_cable_is_pulled),
		NETWORK_TEST(test_ping),
	};

	return cmocka_run_group_tests_name("probe_local", tests, NULL, NULL) ? 1 : 0;
}
