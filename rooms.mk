# The rooms, and what each may include of others: whole rooms, or single headers. The one table:
# make links by it (a test of a room gets what is below it and nothing else), the lint checks
# includes and calls by it. Nothing may point upwards.

ADAPTER := adapters/adapter.h adapters/sink.h adapters/tcp.h adapters/big_endian.h
KINDS := exec gpio modbus mqtt probe

MAY_core :=

# A room of its own below all that talk to a broker: its port knows libc only; the program that
# it starts is the only one that knows libmosquitto.
MAY_link := core
MAY_link/program := core link

$(foreach k,$(KINDS),$(eval MAY_adapters/$(k) := core $(ADAPTER)))
MAY_adapters/mqtt += link
MAY_adapters := core $(addprefix adapters/,$(KINDS))

MAY_rules/expr := core
MAY_rules/incident := core rules rules/expr
MAY_rules/engine := core rules rules/expr rules/incident
MAY_rules := core rules/expr

MAY_config := core rules
MAY_config/text := core
LOADER := adapters/adapter.h rules rules/expr rules/incident rules/engine
MAY_config/load := core $(LOADER) config config/text
# What facility-config prints of it, for programs that are not C.
MAY_config/print := core $(LOADER) adapters $(addprefix adapters/,$(KINDS)) config config/text config/load
MAY_config/lint := core $(LOADER) config config/text config/load

DAEMON_BELOW := core config rules rules/expr rules/incident rules/engine
MAY_daemon/base := core
MAY_daemon/bus := core daemon/base adapters/adapter.h adapters/sink.h config
MAY_daemon/journal := core daemon/base rules/incident
MAY_daemon/mqtt := link core config daemon/base
MAY_daemon/outputs/fallback := $(DAEMON_BELOW)
MAY_daemon/outputs/task := $(DAEMON_BELOW) daemon/outputs/fallback
MAY_daemon/outputs := $(DAEMON_BELOW) daemon/outputs/fallback daemon/outputs/task
MAY_daemon/record := core daemon/base daemon/journal daemon/mqtt
MAY_daemon/documents := $(DAEMON_BELOW) daemon/outputs daemon/outputs/task
MAY_daemon/tell := $(DAEMON_BELOW) adapters/adapter.h daemon/outputs daemon/outputs/fallback daemon/documents daemon/journal daemon/record daemon/mqtt
MAY_daemon/people := $(DAEMON_BELOW) daemon/base daemon/outputs daemon/documents daemon/journal daemon/mqtt daemon/record
MAY_daemon/hub := $(DAEMON_BELOW) adapters/adapter.h $(addprefix daemon/,base bus journal mqtt outputs record documents tell people)
MAY_daemon := core config config/load config/lint daemon/hub daemon/base

ROOMS := $(sort $(patsubst MAY_%,%,$(filter MAY_%,$(.VARIABLES))))

# Of a room: itself and all that is below it.
folder_of = $(patsubst %/,%,$(if $(filter %.h,$(1)),$(dir $(1)),$(1)))
step = $(sort $(1) $(foreach r,$(1),$(foreach m,$(MAY_$(r)),$(call folder_of,$(m)))))
below = $(call step,$(call step,$(call step,$(call step,$(call step,$(call step,$(1)))))))

.PHONY: print-rooms
print-rooms:
	@$(foreach r,$(ROOMS),echo '$(r): $(MAY_$(r))';)
