# gauntlet. `make help` lists the commands.
#
# Names no primitive: the cells, one binary for each (primitive, engine), come from primitives/registry. A cell adds one
# translation unit to its engine; engines of the same flavour, which is how all that they are made of is compiled, share
# that unit and whatever else both have.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

CXX := clang++-19
PYTHON := /usr/bin/python3
# A header outside of the tree has a registry and a build directory of its own; see scripts/check.py validate.
REGISTRY := primitives/registry
BUILD := build
HEADER :=
TYPE :=

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
libraries := -fuse-ld=lld -lboost_unit_test_framework -ldw -pthread
common := -std=c++20 -g -gdwarf-aranges $(warnings) -I. -DBOOST_TEST_DYN_LINK

# ---- Engines: the sources that a cell is linked with, and the flavour if it has none of its own.

engines := behaviour stress tsan asan relacy rc11
# Those of a cell that runs scenarios.
scenarios := $(addprefix harness/,collision.cpp suite.cpp tally.cpp workload.cpp)
harness := $(filter-out harness/cell.cpp $(scenarios),$(wildcard harness/*.cpp))
native := $(harness) $(scenarios) $(filter-out stress/tsan_hook.cpp stress/tsan_preflight.cpp stress/lsan_check.cpp,$(wildcard stress/*.cpp))

# What these cost is their compilation: mostly Boost.Test's expressions.
flags_behaviour := -O0
sources_behaviour := $(harness)

flags_stress := -O2 -DGAUNTLET_SYNC='"stress/sync.hpp"'
sources_stress := $(native)

# Frame pointers: where a thread took its locks is read off them.
flags_tsan := -O1 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fsanitize=thread -DGAUNTLET_SYNC='"stress/tsan_sync.hpp"'
link_tsan := -fsanitize=thread
sources_tsan := $(native) stress/tsan_hook.cpp stress/tsan_preflight.cpp

flags_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DGAUNTLET_SYNC='"stress/sync.hpp"'
link_asan := -fsanitize=address,undefined
sources_asan := $(native) stress/lsan_check.cpp

# What a model's cell is compiled from knows no engine, only models/model.hpp. Relacy's fibers jump between stacks, which
# fortified longjmp takes for an error.
flags_model := -O2 -U_FORTIFY_SOURCE -DGAUNTLET_SYNC='"models/sync.hpp"'
model := $(harness) $(scenarios) $(wildcard models/*.cpp)

# It tells of each plain access, too: models/accesses.hpp. No engine does, whose precompiled header it is given.
accesses := -fsanitize=thread -mllvm -tsan-instrument-atomics=0 -mllvm -tsan-instrument-func-entry-exit=0
told_model := $(accesses) -Xclang -fno-validate-pch

flavour_relacy := model
sources_relacy := $(model) $(wildcard models/relacy/*.cpp)

flavour_rc11 := model
sources_rc11 := $(model) $(wildcard models/rc11/*.cpp models/rc11/told/*.cpp models/rc11/cell/*.cpp)
link_rc11 := -lboost_context

# A header that isn't written on the seam is explored as it is (FRONT=unmodified, which scripts/validate.py says): a cell
# of rc11's is then a program that explores itself. What judges it is not instrumented: it looks at threads' histories
# whenever it likes. It is linked first, so that what both instantiate of the standard library isn't, either.
ifeq ($(FRONT),unmodified)
flavour_rc11 := unmodified
seam_unmodified := -DGAUNTLET_SYNC='"models/rc11/unmodified/cell/sync.hpp"'
flags_unmodified := --config=$(CURDIR)/build/lib/compiling.cfg $(seam_unmodified)
judges := $(addprefix harness/,collision judging linearizability monitors_of_numbers monitors_of_values tally workload)
sources_rc11 := $(judges:=.cpp) models/rc11/unmodified/cell/program.cpp
link_rc11 := --config=$(CURDIR)/build/lib/gauntlet.cfg
endif

flavour = $(or $(flavour_$1),$1)

compile = @mkdir -p $(@D) && $(CXX) $(common) $1 -MMD -MP -MJ $@.json -c -o $@ $2

# A file that changes when the command lines do: what is built depends on it, not on every edit of this Makefile.
# $1 file $2 flags
define flags_rule
$1: FORCE
	@mkdir -p $$(@D) && if ! cmp -s - $$@ <<<$(call quoted,$2); then cat >$$@ <<<$(call quoted,$2); fi
endef
quoted = '$(subst ','\'',$1)'
.PHONY: FORCE

$(foreach engine,$(engines),$(eval \
  objects_$(engine) := $(sources_$(engine):%.cpp=build/engine/$(call flavour,$(engine))/%.o)))

# $1 flavour $2 its engines
# Templates that the precompiled header uses are instantiated in it, not again in each source that is given it.
define flavour_rules
$(call flags_rule,build/engine/$1/flags,$(CXX) $(common) $(flags_$1) $(told_$1))
build/engine/$1/precompiled.pch: harness/precompiled.hpp build/engine/$1/flags
	@mkdir -p $$(@D) && $$(CXX) $$(common) $$(flags_$1) -Wno-everything -fpch-instantiate-templates -x c++-header \
	  -MMD -MP -MF $$@.d -o $$@ $$<
precompiled_$1 := -include-pch build/engine/$1/precompiled.pch
depends += build/engine/$1/precompiled.pch.d

objects_of_$1 := $$(sort $(foreach engine,$2,$$(objects_$(engine))))
$$(objects_of_$1): build/engine/$1/%.o: %.cpp build/engine/$1/precompiled.pch
	$$(call compile,$$(flags_$1) $$(precompiled_$1),$$<)
# Positions are named relative to the root. Private: the precompiled header must not have it.
build/engine/$1/harness/engine.o: private flags_$1 += -DGAUNTLET_ROOT='"$$(CURDIR)"'
depends += $$(objects_of_$1:.o=.d)
endef
flavours := $(sort $(foreach engine,$(engines),$(call flavour,$(engine))))
engines_of = $(foreach engine,$(engines),$(if $(filter $1,$(call flavour,$(engine))),$(engine)))
$(foreach each,$(flavours),$(eval $(call flavour_rules,$(each),$(call engines_of,$(each)))))

# The hook runs inside of ThreadSanitizer's runtime: instrumented, it would report itself.
build/engine/tsan/stress/tsan_hook.o: private flags_tsan := -O1 -DGAUNTLET_SYNC='"stress/sync.hpp"'
build/engine/tsan/stress/tsan_hook.o: private precompiled_tsan :=

# The checker of lock orders is no engine: a meaning of the seam for debug builds, tested like one.
flags_lock_order := -O0 -DGAUNTLET_SYNC='"lock_order/sync.hpp"'
objects_lock_order := $(patsubst %.cpp,build/engine/lock_order/%.o,$(wildcard lock_order/*.cpp) harness/frames.cpp harness/scopes.cpp)
$(eval $(call flags_rule,build/engine/lock_order/flags,$(CXX) $(common) $(flags_lock_order)))
$(objects_lock_order): build/engine/lock_order/%.o: %.cpp build/engine/lock_order/flags
	$(call compile,$(flags_lock_order),$<)
depends += $(objects_lock_order:.o=.d)

# ---- What compiles unmodified programs so that they explore themselves: gauntlet-check, gauntlet-c++, gauntlet-cc.

unmodified := models/rc11/unmodified
flags_tools := -O1 -fPIC
$(eval $(call flags_rule,build/tools/flags,$(CXX) $(common) $(flags_tools)))
build/tools/%.o: %.cpp build/tools/flags
	$(call compile,$(flags_tools),$<)
# A pass of clang's is compiled as clang is: without run-time type information.
build/tools/$(unmodified)/relaxed/%.o build/tools/$(unmodified)/loops/%.o: private flags_tools += -fno-rtti -isystem $$(llvm-config-19 --includedir)
sources_relaxed := $(wildcard $(unmodified)/relaxed/*.cpp)
build/lib/gauntlet_relaxed.so: $(sources_relaxed:%.cpp=build/tools/%.o) build/tools/$(unmodified)/suppressions.o
	@mkdir -p $(@D) && $(CXX) -shared -fuse-ld=lld -o $@ $^
sources_loops := $(wildcard $(unmodified)/loops/*.cpp)
build/lib/gauntlet_loops.so: $(sources_loops:%.cpp=build/tools/%.o)
	@mkdir -p $(@D) && $(CXX) -shared -fuse-ld=lld -o $@ $^
sources_command := $(wildcard $(unmodified)/command/*.cpp) $(addprefix $(unmodified)/,command_line.cpp suppressions.cpp)
build/bin/gauntlet-check: $(sources_command:%.cpp=build/tools/%.o)
	@mkdir -p $(@D) && $(CXX) -fuse-ld=lld -o $@ $^
build/lib/%.cfg: $(unmodified)/%.cfg
	@mkdir -p $(@D) && cp $< $@
build/bin/gauntlet-c++ build/bin/gauntlet-cc: $(unmodified)/command/compiler.sh
	@mkdir -p $(@D) && cp $< $@

# The explorer and the runtime under the program. Nothing of it is instrumented, and only entry points are seen from
# outside. Of what is written for the engine's cells, the global operator new isn't for others.
sources_check := $(filter-out models/rc11/new.cpp,$(wildcard models/rc11/*.cpp models/rc11/told/*.cpp $(unmodified)/*.cpp)) \
  models/trace.cpp $(addprefix harness/,engine.cpp frames.cpp leaves.cpp names.cpp options.cpp records.cpp scopes.cpp variables.cpp)
objects_check := $(sources_check:%.cpp=build/check/%.o)
flags_check := -O2 -fPIC -fvisibility=hidden
$(eval $(call flags_rule,build/check/flags,$(CXX) $(common) $(flags_check)))
$(objects_check): build/check/%.o: %.cpp build/check/flags
	$(call compile,$(flags_check),$<)
build/check/harness/engine.o build/check/$(unmodified)/report.o: private flags_check += -DGAUNTLET_ROOT='"$(CURDIR)"'
# They define what the C library's headers define in line, and compilers know.
build/check/$(unmodified)/strings.o build/check/$(unmodified)/streams.o: private flags_check += -fno-builtin -D__NO_INLINE__
build/check/$(unmodified)/once_proxy.o: private flags_check += -femulated-tls
build/lib/libgauntlet_check.so: $(objects_check)
	@mkdir -p $(@D) && $(CXX) -shared -fuse-ld=lld -Wl,-z,now -Wl,-z,nodelete -o $@ $^ -lboost_context -ldw
depends += $(objects_check:.o=.d)

tools := $(addprefix build/bin/,gauntlet-check gauntlet-c++ gauntlet-cc) build/lib/compiling.cfg build/lib/gauntlet.cfg \
  build/lib/gauntlet_relaxed.so build/lib/gauntlet_loops.so build/lib/libgauntlet_check.so
depends += $(patsubst %.cpp,build/tools/%.d,$(sources_relaxed) $(sources_loops) $(sources_command))

ifeq ($(FRONT),unmodified)
build/engine/unmodified/precompiled.pch: | $(tools)
$(judges:%=build/engine/unmodified/%.o): private flags_unmodified := -O1 -femulated-tls $(seam_unmodified)
$(judges:%=build/engine/unmodified/%.o): private precompiled_unmodified :=
endif

# ---- Cells: $1 name $2 kind $3 header $4 type $5 engine or flavour

define cell_rules
# The engine comes first: so the first cells are linked early, and the progress that is shown is one.
$(BUILD)/bin/$1.$5: $$(objects_$5) $(BUILD)/cells/$1.$(call flavour,$5).o
	@mkdir -p $$(@D) && $$(CXX) -o $$@ $$^ $$(link_$5) $$(libraries)
endef

define cell_object_rules
$(BUILD)/cells/$1.$5.o: $(if $(filter behaviour,$5),primitives/$2/behaviour.cpp,harness/cell.cpp) build/engine/$5/precompiled.pch
	$$(call compile,$$(flags_$5) $$(precompiled_$5) $$(told_$5) -DGAUNTLET_HEADER='"$3"' \
	  -DGAUNTLET_CONTRACT='"primitives/$2/contract.hpp"' -DGAUNTLET_TYPE='$4',$$<)
depends += $(BUILD)/cells/$1.$5.d
endef

rows := $(shell awk '!/^[[:space:]]*(\#|$$)/ \
  {print $$1 ":" $$2 ":" ($$3 == "holds" ? "primitives/" $$2 : "primitives/broken") "/" $$1 ".hpp"}' $(REGISTRY))
field = $(word $2,$(subst :, ,$1))
# $1 the rules $2 row $3 engine or flavour
cell = $(eval $(call $1,$(call field,$2,1),$(call field,$2,2),$(or $(HEADER),$(call field,$2,3)),$(or \
  $(TYPE),gauntlet::$(call field,$2,1)),$3))
$(foreach row,$(rows),$(foreach engine,$(engines),$(call cell,cell_rules,$(row),$(engine))))
$(foreach row,$(rows),$(foreach each,$(flavours),$(call cell,cell_object_rules,$(row),$(each))))

# ---- The harness's own tests: one program for each tests/*.cpp

tests := $(patsubst tests/%.cpp,build/tests/%,$(filter-out tests/rc11_%,$(wildcard tests/*.cpp)))
$(tests): build/tests/%: tests/%.cpp $(filter-out %/main.o %/recorder.o,$(objects_behaviour))
	@mkdir -p $(@D) && $(CXX) $(common) $(flags_behaviour) -DBOOST_TEST_MODULE=$* -MMD -MP -MJ $@.json -o $@ \
	  $(filter %.cpp %.o,$^) $(libraries)
depends += $(tests:=.d)

# What tests of the checkers are linked with: litmus programs, and the oracle that judges them.
sources_litmus := $(filter-out $(engines:%=models/litmus/%.cpp),$(wildcard models/litmus/*.cpp))
objects_litmus := $(sources_litmus:%.cpp=build/litmus/%.o)
objects_oracle := $(patsubst %.cpp,build/litmus/%.o,$(wildcard tests/rc11/*.cpp))
$(objects_litmus) $(objects_oracle): build/litmus/%.o: %.cpp build/engine/model/precompiled.pch
	$(call compile,$(flags_model) $(precompiled_model),$<)
# Boost.Test's main function comes with its header, unless that is precompiled.
build/litmus/tests/rc11/oracle_cases.o: private precompiled_model :=
depends += $(objects_litmus:.o=.d) $(objects_oracle:.o=.d)

# The rc11 engine against the oracle.
build/tests/rc11: $(objects_litmus) $(objects_oracle) $(filter-out %/main.o %/recorder.o %/suite.o,$(objects_rc11))
	@mkdir -p $(@D) && $(CXX) -o $@ $(filter %.o,$^) $(link_rc11) $(libraries)
tests += build/tests/rc11

# Tests of the engines: litmus tests for the model engines, and trials whose verdict is known for those that judge.
# $1 the test's name $2 source $3 engine $4 more objects
define engine_test_rules
build/tests/$1: $2 $4 $$(filter-out %/main.o %/recorder.o %/suite.o,$$(objects_$3))
	@mkdir -p $$(@D) && $$(CXX) $$(common) $$(flags_$(call flavour,$3)) -DGAUNTLET_ENGINE='"$3"' -MMD -MP -MJ $$@.json -o $$@ \
	  $$(filter %.cpp %.o,$$^) $$(link_$3) $$(libraries)
tests += build/tests/$1
depends += build/tests/$1.d
endef
$(foreach engine,$(engines),$(if $(wildcard models/litmus/$(engine).cpp),$(eval $(call \
  engine_test_rules,litmus_$(engine),models/litmus/$(engine).cpp,$(engine),$(objects_litmus)))))
$(foreach source,$(wildcard tests/rc11_*.cpp),$(eval $(call \
  engine_test_rules,$(basename $(notdir $(source))),$(source),rc11)))
build/tests/rc11_ordinary: private flags_model += $(accesses) -fno-sanitize-link-runtime
$(foreach engine,stress tsan asan relacy,$(eval $(call \
  engine_test_rules,trials_$(engine),tests/engines/trials.cpp,$(engine))))
$(foreach engine,relacy rc11,$(eval $(call \
  engine_test_rules,outcomes_$(engine),tests/engines/outcomes.cpp,$(engine))))
build/tests/outcomes_rc11: | build/tests/outcomes_relacy
$(foreach source,$(wildcard tests/lock_order/*.cpp),$(eval $(call \
  engine_test_rules,lock_order_$(basename $(notdir $(source))),$(source),lock_order)))

# Litmus programs as sources of plain C++, for the tests of the front end for unmodified programs.
core_rc11 := $(patsubst %.cpp,build/engine/$(call flavour,rc11)/%.o,$(wildcard models/rc11/*.cpp))
build/tests/as_source: tests/unmodified/litmus/as_source.cpp $(objects_litmus) $(filter-out %_cases.o,$(objects_oracle)) $(core_rc11)
	@mkdir -p $(@D) && $(CXX) $(common) -O1 -MMD -MP -MJ $@.json -o $@ $(filter %.cpp %.o,$^) $(link_rc11) $(libraries)
depends += build/tests/as_source.d

# ---- Benchmarks: one program for each bench/*.cpp, a kind's. absl's headers call what only absl's own libraries name.

benchmarks := $(patsubst bench/%.cpp,build/bench/%,$(wildcard bench/*.cpp))
$(benchmarks): build/bench/%: bench/%.cpp build/engine/model/flags
	@mkdir -p $(@D) && $(CXX) $(common) -O2 -MMD -MP -o $@ $< \
	  -Wl,--copy-dt-needed-entries -labsl_synchronization -lbenchmark -ltbb -pthread
depends += $(benchmarks:=.d)

# Of an engine itself. $1 engine $2 what of it is measured
define engine_bench_rules
build/bench/engines/$1: bench/engines/$1.cpp $2
	@mkdir -p $$(@D) && $$(CXX) $$(common) -O2 $$(flags_$1) -MMD -MP -o $$@ $$(filter %.cpp %.o,$$^) $$(link_$1) \
	  -lbenchmark $$(libraries)
benchmarks_of_engines += build/bench/engines/$1
depends += build/bench/engines/$1.d
endef
# rc11's core needs nothing else.
$(eval $(call engine_bench_rules,rc11,$(core_rc11)))
# Beside Relacy, which brings a global operator new of its own.
flags_full_search := $(filter -U%,$(flags_model))
link_full_search := $(link_rc11)
$(eval $(call engine_bench_rules,full_search,$(filter-out %/new.o,$(core_rc11))))
$(eval $(call engine_bench_rules,stress,$(filter-out %/main.o %/recorder.o %/suite.o,$(objects_stress))))

# ---- Examples: one program for each examples/*.cpp. Any of them is also built as name.tsan, under ThreadSanitizer, and
# as name.lock_order, with the checker of lock orders; what is asked of which, the tests of the examples say.

# $1 flags $2 sources, objects and libraries
example = @mkdir -p $(@D) && $(CXX) -std=c++20 -O0 -g $(warnings) -I. $1 -MMD -MP -MF $@.d -MJ $@.json -o $@ $2 -pthread
$(eval $(call flags_rule,build/examples/flags,$(CXX) $(warnings)))
examples := $(patsubst examples/%.cpp,build/examples/%,$(wildcard examples/*.cpp))

# The macro has to be as the library was compiled: classes of httplib.h depend on it.
build/examples/parallel_http: example_flags := -DCPPHTTPLIB_OPENSSL_SUPPORT
build/examples/parallel_http: example_libraries := -lcpp-httplib

$(examples): build/examples/%: examples/%.cpp build/examples/flags
	$(call example,$(example_flags),$< $(example_libraries))
$(addsuffix .tsan,$(examples)): build/examples/%.tsan: examples/%.cpp build/examples/flags
	$(call example,-fsanitize=thread -DGAUNTLET_SYNC='"lock_order/tsan.hpp"',$<)
$(addsuffix .lock_order,$(examples)): build/examples/%.lock_order: examples/%.cpp $(objects_lock_order)
	$(call example,$(flags_lock_order),$(filter %.cpp %.o,$^) -ldw)
depends += $(foreach built,$(examples),$(built).d $(built).tsan.d $(built).lock_order.d)

-include $(depends)

# ---- Commands

selection := $(if $(PRIMITIVE),--primitive '$(PRIMITIVE)') $(if $(KIND),--kind '$(KIND)') $(if $(ENGINE),--engine '$(ENGINE)')
effort := $(if $(EFFORT),--effort '$(EFFORT)') $(if $(SEED),--seed '$(SEED)') $(if $(FORCE),--force)

# Once setup has brought the compiler.
on_every_core := $(MAKE) --no-print-directory --output-sync=target --jobs=$(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help setup tools check test validate new replay report bench lint clean cells engines tests examples screenshots

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo
	@echo '  PRIMITIVE=glob KIND=kind ENGINE=engine EFFORT=quick|standard|thorough SEED=n FORCE=1 narrow or widen a check.'

setup:  ## install what is missing
	@scripts/setup.sh

tools: setup  ## build/bin/gauntlet-check FILE.cpp: explore a program of yours as it is; gauntlet-c++ compiles for that
	@$(on_every_core) $(tools)

check: setup  ## build, run every (primitive, engine), write the report
	@$(PYTHON) scripts/check.py $(selection) $(effort)

# What drives a browser in the tests of the report.
node_modules: package.json package-lock.json
	@scripts/setup.sh browser
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

screenshots: setup node_modules  ## the report's pages as pictures, in reports/screenshots/
	@$(PYTHON) tests/browser/screenshots.py

test: setup lint node_modules  ## the harness's own tests
	@$(on_every_core) tests
	@# Races and leaks are what some of these provoke: the verdict is Boost.Test's, not the sanitizers'.
	@for program in $(tests); do TSAN_OPTIONS=exitcode=0 LSAN_OPTIONS=exitcode=0 $$program || exit 1; done
	@$(PYTHON) -m pytest -q -n auto tests

validate: setup  ## the same gauntlet for a header outside of the tree: HEADER=path KIND=kind TYPE=type
	@$(PYTHON) scripts/check.py validate --header '$(HEADER)' --kind '$(KIND)' --type '$(TYPE)' \
	  $(if $(ENGINE),--engine '$(ENGINE)') $(effort)

new: setup  ## a new primitive from a template, registered: NAME=name KIND=kind
	@$(PYTHON) scripts/new_primitive.py '$(NAME)' '$(KIND)'

replay: setup  ## run one recorded failure again, with its trace: TOKEN=token
	@$(PYTHON) scripts/check.py replay '$(TOKEN)'

report: setup  ## grade the results that are there, and write the report again
	@$(PYTHON) scripts/report.py $(selection)

bench:  ## ours beside what one would use instead, in one table
	@scripts/setup.sh bench
	@$(PYTHON) scripts/bench.py $(if $(PRIMITIVE),--primitive '$(PRIMITIVE)') $(if $(KIND),--kind '$(KIND)')
	@# Engines are measured when nothing else was asked for.
	@$(if $(PRIMITIVE)$(KIND),:,$(MAKE) -s $(benchmarks_of_engines) \
	  && for each in $(benchmarks_of_engines); do $$each --benchmark_counters_tabular=true || exit 1; done \
  && $(MAKE) -s $(tools) && $(PYTHON) bench/engines/unmodified.py)

# clang-tidy's own check is compiled as clang-tidy is: without run-time type information.
build/lint/own_code.so: scripts/lint_own_code.cpp
	@mkdir -p $(@D) && $(CXX) $(common) -fno-rtti -O1 -shared -fPIC -isystem $$(llvm-config-19 --includedir) -o $@ $<

lint: setup  ## formatters, linters and the project's own rules
	@$(on_every_core) compile_commands.json build/lint/own_code.so
	@$(PYTHON) scripts/lint.py

clean:  ## forget everything that was built or found
	@rm -rf build compile_commands.json

cells: $(foreach row,$(rows),$(engines:%=$(BUILD)/bin/$(call field,$(row),1).%))
engines: $(foreach engine,$(engines),$(objects_$(engine)))
tests: $(tests) $(tools) build/tests/as_source
examples: $(examples)

# For editors and clang-tidy, from the fragments that the compiler wrote. A kind's behaviour.cpp is there as its first
# primitive has it. What is compiled to explore itself is not: clang-tidy has none of those passes.
kinds := $(sort $(foreach row,$(rows),$(call field,$(row),2)))
first_of = $(firstword $(foreach row,$(rows),$(if $(filter $1,$(call field,$(row),2)),$(call field,$(row),1))))
behaviours := $(foreach kind,$(kinds),$(BUILD)/cells/$(call first_of,$(kind)).behaviour.o)

compile_commands.json: engines tests examples $(tools) $(behaviours)
	@(echo '['; find build/engine build/tests build/litmus build/examples build/tools $(behaviours:=.json) \
	  -path build/engine/unmodified -prune -o -name '*.json' -print0 | sort -z | xargs -0 cat | sed '$$ s/,$$//'; echo ']') > $@
