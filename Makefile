# headroom: build, test, run. `make help` lists every target.
#
# Each layer is compiled with -I for the layers it may see, and no other; see ARCHITECTURE.md.
#   V=1            show the commands
#   CC=clang       choose the compiler: a build tree of its own, the program in it
#   SAN=address    another one, with that sanitizer (address, undefined, thread)
#   NO_INSTALL=1   never install a package: print the line that would, and stop

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
CC ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif
SAN ?=
comma := ,
BUILD := build/$(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
# ./headroom is the plain build with gcc; what another compiler or a sanitizer made stays in its own tree.
PROGRAM := $(if $(SAN)$(filter-out gcc cc,$(notdir $(CC))),$(BUILD)/headroom,headroom)
Q := $(if $(V),,@)
# All processors, unless make was told how many.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

PACKAGES := libgsl-dev libjansson-dev libzstd-dev libcmocka-dev gnuplot-nox pkg-config
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
# -ffp-contract=off: the same sums on every machine, whether or not it has fused multiply-add.
CFLAGS ?= -O3 -g
BASEFLAGS := -std=c17 -D_POSIX_C_SOURCE=200809L $(WARN) -ffp-contract=off -MMD -MP \
  $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
LDSAN := $(if $(SAN),-fsanitize=$(SAN))

# The layers, lowest first, and for each what it may see. This table is the architecture.
LAYERS := base paths sim record models study bench live reports cli
SEES_base :=
SEES_paths := base
SEES_sim := base
SEES_record := base
SEES_models := base paths sim record
SEES_study := base sim record models
SEES_bench := base paths sim
SEES_live := base paths sim bench
SEES_reports := base record
SEES_cli := base paths sim record models study bench live reports

# Asked when first needed, so that a machine without the packages still gets as far as `make deps`; and once.
ask_once = $(eval $(1) := $(shell pkg-config $(2)))$($(1))
PKG_jansson = $(call ask_once,PKG_jansson,--cflags jansson)
PKG_gsl = $(call ask_once,PKG_gsl,--cflags gsl)
PKG_zstd = $(call ask_once,PKG_zstd,--cflags libzstd)
LIBS_zstd = $(call ask_once,LIBS_zstd,--libs libzstd)
LIBS_jansson = $(call ask_once,LIBS_jansson,--libs jansson)
LIBS_packages = $(call ask_once,LIBS_packages,--libs gsl jansson libzstd)
LIBS_all = $(LIBS_packages) -lpthread -lm

-include $(wildcard */layer.mk)

srcs = $(sort $(wildcard $(1)/*.c))
objs = $(patsubst %.c,$(BUILD)/%.o,$(call srcs,$(1)))
incs = -I$(1) $(foreach l,$(SEES_$(1)),-I$(l))
libs = $(foreach l,$(1),$(BUILD)/lib$(l).a)
# Link order: highest layer first.
ALL_LIBS := $(call libs,reports study live bench models record sim paths base)

.DEFAULT_GOAL := all
.PHONY: all run test deps have-deps help clean lint format layers program check-tests path-tests sanitize kafka kafka-up kafka-down interop

all: have-deps ## build ./headroom
	$(Q)$(MAKE) $(JOBS) program

run: all ## build, then run the flagship scenario: scenarios/ad-clickstream.json
	$(Q)./$(PROGRAM) run scenarios/ad-clickstream.json

# The paths are what other programs embed, and are fuzzed: their tests run a second time, under sanitizers.
SANITIZED := $(if $(SAN),,build/$(notdir $(CC))-address-undefined)

test: have-deps layers ## build and run every test; installs what is missing first
	$(Q)$(MAKE) $(JOBS) program check-tests
	$(if $(SANITIZED),$(Q)$(MAKE) $(JOBS) SAN=address,undefined path-tests)
	$(Q)HEADROOM=$(PROGRAM) CC='$(CC)' tests/run.sh $(BUILD) $(SANITIZED)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sort | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

deps: ## install the Debian packages headroom needs, saying which and why
	$(Q)./.ci/deps.sh install $(PACKAGES)

have-deps: ## check that the packages are there, and install them if not
	$(Q)./.ci/deps.sh check $(PACKAGES)

define layer_rules
$(BUILD)/$(1)/%.o: $(1)/%.c
	@mkdir -p $$(@D)
	$$(if $(V),,@echo "  CC   $$<")
	$(Q)$(CC) $(BASEFLAGS) $(CFLAGS) $(EXTRA_$(1)) $(incs) $(call incs,$(1)) $$(PKG_jansson) $$(PKG_gsl) $$(PKG_zstd) -c $$< -o $$@
$(BUILD)/lib$(1).a: $(call objs,$(1))
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rules,$(l))))

program: $(PROGRAM)
	@:

$(PROGRAM): $(call objs,cli) $(ALL_LIBS)
	$(if $(V),,@echo "  LD   $@")
	$(Q)$(CC) $(LDSAN) $(call objs,cli) $(ALL_LIBS) $(LIBS_all) -o $@

# Tests: tests/<layer>/test_*.c, each a program, linked with the libraries its layer may see and no other.
TEST_LAYERS := base paths sim record models study bench live reports
# (The path tests read their vectors with jansson.)
# A layer and what it sees, highest first; models decide through paths, so whoever links models needs paths as well.
test_libs = $(1) $(foreach l,$(call reverse,$(LAYERS)),$(if $(filter $(l),$(SEES_$(1)) $(if $(filter models,$(SEES_$(1))),paths)),$(l)))
define test_rules
TESTS_$(1) := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/$(1)/test_*.c))
$(BUILD)/tests/$(1)/%: tests/$(1)/%.c $(call libs,$(call test_libs,$(1)))
	@mkdir -p $$(@D)
	$$(if $(V),,@echo "  TEST $$<")
	$(Q)$(CC) $(BASEFLAGS) $(CFLAGS) $(call incs,$(1)) -Itests $$(PKG_jansson) $$(PKG_gsl) $$< \
	  $(call libs,$(call test_libs,$(1))) -lcmocka $$(if $(filter paths,$(1)),$$(LIBS_zstd) $$(LIBS_jansson) -lm,$$(LIBS_all)) $(LDSAN) -o $$@
endef
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
$(foreach l,$(TEST_LAYERS),$(eval $(call test_rules,$(l))))
ALL_TESTS := $(foreach l,$(TEST_LAYERS),$(TESTS_$(l)))
EXAMPLES := $(patsubst %.c,$(BUILD)/%,$(wildcard examples/*.c))
$(BUILD)/examples/%: examples/%.c $(call libs,sim base)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  EX   $<")
	$(Q)$(CC) $(BASEFLAGS) $(CFLAGS) -Isim -Ibase $(PKG_gsl) $< $(call libs,sim base) $(LIBS_all) $(LDSAN) -o $@

# The command-line tests compile their helper themselves; here it only has to be free of warnings.
$(BUILD)/tests/cli/%.o: tests/cli/%.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  TEST $<")
	$(Q)$(CC) $(BASEFLAGS) $(CFLAGS) -Ibase -c $< -o $@

path-tests: $(TESTS_paths)

check-tests: $(ALL_TESTS) $(EXAMPLES) $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/cli/*.c))

layers: ## refuse includes that climb out of their layer
	$(Q)! grep -nE '#include "\.\./' $(foreach l,$(LAYERS),$(wildcard $(l)/*.[ch])) || { echo 'layers: an #include climbs out of its layer' >&2; exit 1; }

lint: ## compile everything with gcc and with clang, warnings as errors
	$(Q)$(MAKE) $(JOBS) CC=gcc program check-tests
	$(Q)$(MAKE) $(JOBS) CC=clang program check-tests

sanitize: ## run every test under the address and undefined-behaviour sanitizers
	$(Q)$(MAKE) SAN=address,undefined test

kafka: all ## measure what a Kafka broker's CPU costs: start one, load it, fit (needs Java 17 and Maven; a quarter of an hour)
	$(Q)live/broker/broker.sh measure ./$(PROGRAM)

kafka-up: ## start one Apache Kafka broker on loopback, from its published jars (needs Java 17 and Maven)
	$(Q)live/broker/broker.sh up

kafka-down: ## stop it and remove its data
	$(Q)live/broker/broker.sh down

interop: $(BUILD)/libpaths.a $(BUILD)/libbase.a $(BUILD)/tests/paths/test_batch_interop ## record batches against Kafka's own client library, both ways (needs a JDK of 17 or later and Maven)
	$(Q)BUILD=$(BUILD) CC=$(CC) tests/interop/interop.sh

format: ## format the sources with clang-format
	$(Q)clang-format -i $(foreach l,$(LAYERS) examples,$(wildcard $(l)/*.[ch])) $(wildcard tests/*/*.c)

clean: ## remove what was built
	$(Q)rm -rf build headroom

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
