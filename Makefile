# facilityd. `make help` lists what can be made.

VERSION := 0.1.0
prefix ?= /usr/local
sbindir ?= $(prefix)/sbin
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
completiondir ?= $(prefix)/share/bash-completion/completions
datadir ?= $(prefix)/share/facilityd
sysconfdir ?= /etc
unitdir ?= /usr/lib/systemd/system
sysusersdir ?= /usr/lib/sysusers.d
modulesloaddir ?= /usr/lib/modules-load.d
udevdir ?= /usr/lib/udev/rules.d
profiledir ?= $(datadir)/profiles
linkdir ?= $(prefix)/libexec/facilityd
PYTHON ?= /usr/bin/python3

# SAN=1: address and undefined behaviour; SAN=thread: data races. Each has its own tree.
BUILD ?= build$(if $(SAN),-san-$(SAN))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wno-missing-field-initializers \
	$(if $(CI)$(WERROR),-Werror)
HARDENING := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=3)
SANITIZE_1 := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SANITIZE_thread := -fsanitize=thread
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DFACILITYD_VERSION='"$(VERSION)"' \
	-DFACILITYD_CONFIG='"$(sysconfdir)/facilityd/facilityd.conf"' \
	-DFACILITYD_PROFILES='"$(profiledir)"' -DFACILITYD_LINK='"$(linkdir)/facility-link"' \
	-I. -I$(BUILD) $(WARNINGS) \
	$(HARDENING) $(SANITIZE_$(SAN)) $(LIB_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(SANITIZE_$(SAN)) $(LDFLAGS)

# As many compilers at once as there are processors, unless -j says otherwise.
ifeq ($(MAKELEVEL) $(filter -j%,$(MAKEFLAGS)),0 )
MAKEFLAGS += -j$(shell nproc)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# What the machine has: libraries' flags, and which libgpiod. Made after the packages are there.
ifeq ($(filter help clean uninstall check-debian13,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/machine.mk
endif

LIBRARIES := libmodbus libgpiod libmosquitto libconfig libsystemd jansson sqlite3

$(BUILD)/machine.mk: debian/packages debian/install-packages Makefile
	@mkdir -p $(@D)
	@debian/install-packages
	@{ echo "LIB_CFLAGS := $$(pkg-config --cflags $(LIBRARIES) cmocka)"; \
	for l in $(LIBRARIES) cmocka; do echo "LIBS_$$l := $$(pkg-config --libs $$l)"; done; \
	if pkg-config --atleast-version=2 libgpiod; then echo "GPIO_V := 2"; \
	else echo "GPIO_V := 1"; fi; } > $@

# Rooms: one library each, by the table of who may use whom.
include rooms.mk
LIBS_core :=
LIBS_link/program = $(LIBS_libmosquitto)
LIBS_adapters/gpio = $(LIBS_libgpiod)
LIBS_adapters/modbus = $(LIBS_libmodbus) -lm
LIBS_adapters/mqtt = $(LIBS_jansson)
LIBS_rules/expr := -lm
LIBS_config/text = $(LIBS_libconfig) -lm
LIBS_config/load := -lm
LIBS_config/print = $(LIBS_jansson)
LIBS_daemon/base = $(LIBS_libsystemd) -pthread
LIBS_daemon/bus := -pthread
LIBS_daemon/journal = $(LIBS_sqlite3) $(LIBS_jansson) -pthread
LIBS_daemon/mqtt = $(LIBS_libsystemd) $(LIBS_jansson)
TEST_LIBS_daemon/mqtt = $(LIBS_libmosquitto) # the witness of its tests
LIBS_daemon/record = $(LIBS_jansson)
LIBS_daemon/documents = $(LIBS_jansson)

PROGRAMS := facilityd facilityctl facility-link facility-config facility-sim
MAINS := daemon/main.c link/program/main.c config/print/main.c
OTHER_GPIO = $(if $(filter 2,$(GPIO_V)),adapters/gpio/v1.c,adapters/gpio/v2.c)

room_sources = $(filter-out %_test.c $(MAINS) $(OTHER_GPIO),$(wildcard $(1)/*.c))
archives = $(foreach r,$(call below,$(1)),$(BUILD)/$(r).a)
# What a program or a test of room $(1) is linked with; archives in any order.
link = -Wl,--as-needed -Wl,--start-group $(call archives,$(1)) -Wl,--end-group \
	$(sort $(foreach r,$(call below,$(1)),$(LIBS_$(r))))

.PHONY: all
all: $(addprefix $(BUILD)/,$(PROGRAMS))

define room_rules
# The folder itself too: a file that has left it leaves the library.
$$(BUILD)/$(1).a: $$(patsubst %.c,$$(BUILD)/%.o,$$(call room_sources,$(1))) $(1)
	@mkdir -p $$(@D) && rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)
$$(patsubst %.c,$$(BUILD)/%,$$(wildcard $(1)/*_test.c)): $$(BUILD)/%: $$(BUILD)/%.o $$(call archives,$(1))
	@$$(CC) $$(ALL_LDFLAGS) -o $$@ $$< $$(call link,$(1)) $$(TEST_LIBS_$(1)) $$(LIBS_cmocka)
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(BUILD)/facilityd: $(BUILD)/daemon/main.o $(call archives,daemon)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(call link,daemon)
$(BUILD)/facility-link: $(BUILD)/link/program/main.o $(call archives,link/program)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(call link,link/program)
$(BUILD)/facility-config: $(BUILD)/config/print/main.o $(call archives,config/print)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(call link,config/print)
# Python, in one file that can be started and installed like the others: the package $(1) of folder
# $(2), with the files $(3) in it, begins in its main.py.
define python_program
@rm -rf $@.d && mkdir -p $@.d && cp -R $(2)/$(1) $@.d/ && rm -rf $@.d/$(1)/__pycache__ $@.d/$(1)/*/__pycache__
@[ -z "$(3)" ] || cp $(3) $@.d/$(1)/
@printf '%s = "%s"\n' VERSION '$(VERSION)' CONFIG '$(sysconfdir)/facilityd/facilityd.conf' \
	LIBEXEC '$(linkdir)' > $@.d/$(1)/version.py
@cd $@.d && $(PYTHON) -m compileall -q -b $(1)
$(PYTHON) -m zipapp $@.d -o $@ -p $(PYTHON) -m $(1).main:main
endef
$(BUILD)/facility-sim: $(wildcard sim/facility_sim/*.py) Makefile
	$(call python_program,facility_sim,sim)
CTL_WORDS := $(addprefix $(BUILD)/,words.json verbs.json)
# It asks facility-config, which lies beside it.
$(BUILD)/facilityctl: $(wildcard ctl/facilityctl/*.py ctl/facilityctl/*/*.py) $(CTL_WORDS) Makefile | $(BUILD)/facility-config
	$(call python_program,facilityctl,ctl,$(CTL_WORDS))

# The table of words, for C and for what is not.
WORDS := $(addprefix $(BUILD)/core/,words_table.h words_rows.h order_rows.h) $(CTL_WORDS)
$(BUILD)/core/words_table.h: MAKES = enums
$(BUILD)/core/words_rows.h: MAKES = rows
$(BUILD)/core/order_rows.h: MAKES = orders
$(BUILD)/words.json: MAKES = json
$(BUILD)/verbs.json: MAKES = verbs
$(WORDS): $(wildcard core/words/*)
	@mkdir -p $(@D)
	@$(PYTHON) core/words/words.py $(MAKES) $@

.PHONY: words
words: ## after a change of core/words: into the files that carry a part of it
	@$(PYTHON) core/words/fill.py

$(BUILD)/%.o: %.c $(BUILD)/machine.mk | $(WORDS)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  CC $<" &&) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# SQL, as a file of its own that a person can read.
$(BUILD)/daemon/journal/statements.h: daemon/journal/statements.awk daemon/journal/statements.sql
	@mkdir -p $(@D)
	@awk -f $^ > $@
$(BUILD)/daemon/journal/db.o $(BUILD)/daemon/journal/keep_test.o: $(BUILD)/daemon/journal/statements.h

-include $(patsubst %.c,$(BUILD)/%.d,$(wildcard $(addsuffix /*.c,$(ROOMS) bench tests/hostile)))

.PHONY: demo
demo: all ## the main job on this machine, to play with; ONCE=1: a script that checks itself
	@$(PYTHON) sim/demo.py --build $(BUILD) $(if $(ONCE),--once)

# The page: one file. What it is built with is fetched as the lock file has it.
PAGE := $(BUILD)/dashboard/index.html
PAGE_TOOLS := dashboard/node_modules/.package-lock.json

.PHONY: dashboard
dashboard: $(PAGE) ## the page that staff watch, in build/dashboard

$(PAGE_TOOLS): dashboard/package.json dashboard/package-lock.json
	@command -v npm >/dev/null || debian/install-packages debian/packages-dashboard
	cd dashboard && npm ci
	@touch $@

$(PAGE): $(PAGE_TOOLS) dashboard/index.html dashboard/build.js $(BUILD)/words.json $(wildcard dashboard/src/* dashboard/src/views/*)
	@node dashboard/build.js $@ $(BUILD)/words.json

# Tests ------------------------------------------------------------------------
UNIT_ROOMS ?= $(ROOMS)
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard $(addsuffix /*_test.c,$(UNIT_ROOMS))))

.PHONY: unit-tests check-unit check lint
unit-tests: $(UNIT_TESTS) $(BUILD)/facility-link
.PHONY: print-unit-tests
print-unit-tests:
	@echo $(UNIT_TESTS)

check-unit: $(UNIT_TESTS) $(BUILD)/facility-link ## unit tests only
	@$(PYTHON) tests/run --unit $(UNIT_TESTS)

check: all $(UNIT_TESTS) $(BUILD)/hostile $(addprefix $(BUILD)/bench/,slaves line) ## every test: lint, unit tests, system tests
	@$(PYTHON) tests/run --build $(BUILD) --lint --system --unit $(UNIT_TESTS)

.PHONY: check-slow check-third
check-slow: all ## system tests that take long, which make check leaves out
	@$(PYTHON) tests/run --build $(BUILD) --system --marked slow

check-third: all $(addprefix $(BUILD)/bench/,slaves line) ## system tests that only make check-all runs
	@$(PYTHON) tests/run --build $(BUILD) --system --marked third

lint: $(foreach r,$(ROOMS),$(BUILD)/$(r).a) ## who includes and calls whom, clocks, lengths, format
	@$(PYTHON) tests/lint.py --build $(BUILD)

# The tests are tested: one place of the sources is changed at a time.
.PHONY: check-reversals check-mutants
check-reversals: all $(UNIT_TESTS) ## reverses each decision about safety: which test sees it
	@$(PYTHON) tests/mutants/reversals.py --build $(BUILD)

MUTANTS ?= 60
check-mutants: all $(UNIT_TESTS) ## MUTANTS=60 random changes in the daemon: how many no unit test sees
	@$(PYTHON) tests/mutants/random_sample.py --build $(BUILD) --count $(MUTANTS) $(if $(SEED),--seed $(SEED))

.PHONY: check-kills
KILLS ?= 500
check-kills: all ## kill facilityd at KILLS=500 random moments under load, and compare
	@$(PYTHON) tests/kills.py --build $(BUILD) --kills $(KILLS) $(if $(SEED),--seed $(SEED))

.PHONY: check-dashboard
check-dashboard: all dashboard ## the page, in a real browser with a real broker; pictures in build/
	@debian/install-packages debian/packages-dashboard-check
	@cd dashboard && FACILITYD_BUILD=$(BUILD) PYTHON=$(PYTHON) node --test --test-concurrency=1 \
		--test-reporter=./test/reporter.js test/*.test.js

# What the flow is tried with is fetched as its lock file has it; nothing of it is kept in the tree.
NODE_RED := $(BUILD)/node-red
$(NODE_RED)/node_modules/.package-lock.json: examples/node-red/package.json \
		examples/node-red/package-lock.json
	@command -v npm >/dev/null || debian/install-packages debian/packages-node-red
	@mkdir -p $(NODE_RED) && cp $^ $(NODE_RED)/
	cd $(NODE_RED) && npm ci --no-audit --no-fund
	@touch $@

.PHONY: check-node-red
check-node-red: all $(NODE_RED)/node_modules/.package-lock.json ## the flow, in a real Node-RED and browser
	@debian/install-packages debian/packages-node-red-check
	@FACILITYD_BUILD=$(BUILD) $(PYTHON) -m pytest -q -p no:cacheprovider examples/node-red

.PHONY: check-all check-san unit-tests-tsan check-tsan check-debian13 check-vm
check-san: ## unit tests under the address and undefined behaviour sanitizers
	@$(MAKE) SAN=1 all check-unit

# Where threads are: the buses, MQTT, the records, and the drivers that they call.
THREADED := $(filter daemon% adapters%,$(ROOMS))
unit-tests-tsan:
	@$(MAKE) SAN=thread UNIT_ROOMS="$(THREADED)" unit-tests

check-tsan: ## unit tests of threaded rooms under the thread sanitizer
	@$(MAKE) SAN=thread UNIT_ROOMS="$(THREADED)" check-unit

check-debian13: ## build and unit tests in a Debian 13 of its own; as root
	@tests/debian13.sh

check-all: ## everything, at most 90 minutes: CONTRIBUTING.md has the three rings
	@.ci/run --all

check-vm: all ## the installed program in virtual machines: gpiochips, systemd; as root
	@RIG_PULLS_CHIPS=1 tests/vm/run --build $(BUILD)

# Habits -----------------------------------------------------------------------
C_FILES := $(shell git ls-files '*.c' '*.h' ':!tests/config-errors' 2>/dev/null)
# Not what is compiled for other machines, or against headers that not everybody has.
C_SOURCES := $(filter-out $(OTHER_GPIO) tests/vm/module/% bench/arrival.c,$(filter %.c,$(C_FILES)))

$(BUILD)/habits: debian/packages-habits
	@debian/install-packages $<
	@touch $@

.PHONY: format tidy compile_commands.json
format: $(BUILD)/habits ## every C file as .clang-format has it
	@clang-format-14 -i $(C_FILES)

tidy: $(patsubst %.c,$(BUILD)/%.tidy,$(C_SOURCES)) ## what .clang-tidy finds; a file again when it has changed

$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy | $(BUILD)/habits
	@clang-tidy-14 --quiet --warnings-as-errors='*' $< -- $(ALL_CFLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

# For editors and language servers.
compile_commands.json: ## how each C file is compiled
	@$(PYTHON) -c 'import json, os, sys; at = sys.argv.index("--"); json.dump([{"directory": os.getcwd(), \
		"file": f, "arguments": [*sys.argv[1:at], "-c", f]} for f in sys.argv[at + 1:]], \
		open("$@", "w"), indent=1)' $(lastword $(CC)) $(ALL_CFLAGS) -- $(C_SOURCES)

# Hostile slaves ---------------------------------------------------------------
HOSTILE := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/hostile/*.c))
$(BUILD)/hostile: $(HOSTILE) $(call archives,adapters)
	@$(CC) $(ALL_LDFLAGS) -o $@ $(HOSTILE) $(call link,adapters) -pthread

.PHONY: check-hostile
check-hostile: $(BUILD)/hostile ## 10,000 requests of each fault to the Modbus adapters; a table
	@$(BUILD)/hostile 10000

# Measuring --------------------------------------------------------------------
BENCH := slaves bare line
$(BUILD)/bench/%: $(BUILD)/bench/%.o
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_libmodbus) $(LIBS_libmosquitto) -pthread
$(BUILD)/bench/coincide: $(BUILD)/bench/coincide.o $(call archives,daemon)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(call link,daemon)
# A plugin of the broker; its headers are in a package that only this needs.
$(BUILD)/bench/arrival.so: bench/arrival.c bench/arrivals.h bench/measure.h debian/packages-bench
	@debian/install-packages debian/packages-bench
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $<

.PHONY: bench
bench: all $(addprefix $(BUILD)/bench/,$(BENCH) coincide arrival.so) ## speed beside a bare loop, some six minutes; QUICK=1: one; ROUNDS=3: fifteen
	@$(PYTHON) bench/bench.py --build $(BUILD) $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS))

# Installing -------------------------------------------------------------------
I = $(DESTDIR)
UNITS := facilityd.service facilityd@.service
MAN_PAGES = $(wildcard docs/*.[158])

.PHONY: install uninstall
install: all ## into $(DESTDIR), below prefix; never overwrites a configuration
	install -d $(I)$(sbindir) $(I)$(bindir) $(I)$(profiledir) $(I)$(unitdir) \
		$(I)$(sysusersdir) $(I)$(modulesloaddir) $(I)$(udevdir)
	install -m 755 $(BUILD)/facilityd $(I)$(sbindir)/
	install -D -m 755 -t $(I)$(linkdir) $(addprefix $(BUILD)/,facility-link facility-config)
	install -m 755 $(BUILD)/facilityctl $(BUILD)/facility-sim config/broker/facility-broker \
		$(I)$(bindir)/
	for unit in $(UNITS); do \
		systemd/fill $$unit $(sbindir) $(sysconfdir) > $(I)$(unitdir)/$$unit && \
		chmod 644 $(I)$(unitdir)/$$unit || exit 1; done
	install -D -m 644 ctl/facilityctl.bash $(I)$(completiondir)/facilityctl
	install -m 644 systemd/sysusers.conf $(I)$(sysusersdir)/facilityd.conf
	install -m 644 systemd/modules-load.conf $(I)$(modulesloaddir)/facilityd.conf
	install -m 644 systemd/60-facilityd-gpio.rules $(I)$(udevdir)/
	for page in $(MAN_PAGES); do \
		install -D -m 644 $$page $(I)$(mandir)/man$${page##*.}/$${page##*/} || exit 1; done
	[ ! -d config/profiles ] || \
		cp -R --no-preserve=mode,ownership config/profiles/. $(I)$(profiledir)/
	[ ! -e $(PAGE) ] || install -D -m 644 -t $(I)$(datadir)/dashboard $(PAGE)
	@systemd/install-config config/etc $(I)$(sysconfdir)/facilityd
	@[ -n "$(DESTDIR)" ] || systemd/next-steps $(sbindir) $(sysconfdir)

uninstall: ## leaves the configuration and the records
	rm -f $(I)$(sbindir)/facilityd $(I)$(bindir)/facilityctl $(I)$(bindir)/facility-sim \
		$(I)$(bindir)/facility-broker $(I)$(completiondir)/facilityctl \
		$(addprefix $(I)$(unitdir)/,$(UNITS)) $(I)$(sysusersdir)/facilityd.conf \
		$(I)$(modulesloaddir)/facilityd.conf $(I)$(udevdir)/60-facilityd-gpio.rules
	rm -rf $(I)$(linkdir)
	for page in $(MAN_PAGES); do rm -f $(I)$(mandir)/man$${page##*.}/$${page##*/}; done
	rm -rf $(I)$(datadir)
	@echo "left: $(I)$(sysconfdir)/facilityd and /var/lib/facilityd"

.PHONY: clean
clean:
	rm -rf build build-san-* dashboard/node_modules

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z0-9_.-]*\):.*## /\1\t/p' Makefile | sort | expand -t 24
