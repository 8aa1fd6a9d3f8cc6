# make            everything needed to run build/ and dist/ from this directory
# make run SRC=DIRECTORY DST=DIRECTORY [ARGS='more options']
# make test       all tests, short (as root they test more; every skipped one says why), and some under each other Node that is supported
# make test-node NODE_MAJOR=24   all tests under another Node
# make deb        a Debian package in build/deb, for the Node that it is made with
# make lint       formatting, rules of the language, import rules between the roles
# make format     formats all sources
# make generate   writes what is made of tables: man page, completion, units, parts of docs/
# make soak       the convergence and fuzzing tests, for hours
# make bench      this, the C clsync and lsyncd side by side
#
# Set-up is part of every target: npm packages, and Debian packages when root (else it says what to install).
SHELL := /bin/bash
NODE_TARGETS := $(filter-out clean help,$(or $(MAKECMDGOALS),build))
ifneq ($(NODE_TARGETS),)
NODE := $(shell command -v node)
ifeq ($(NODE),)
$(error node is not installed: Node.js 20.5 or newer is needed)
endif
ifneq ($(shell node -p "const [a, b] = process.versions.node.split('.').map(Number); a > 20 || a === 20 && b >= 5"),true)
$(error Node.js $(shell node --version) is too old: 20.5 or newer is needed)
endif
# Where Node's headers are, for the npm packages that are compiled; without them node-gyp would download them.
NODE_PREFIX := $(patsubst %/bin/node,%,$(realpath $(NODE)))
NODE_HEADERS := $(if $(wildcard $(NODE_PREFIX)/include/node/node.h),npm_config_nodedir=$(NODE_PREFIX))
# The package posix is compiled for one version of Node; the name of a file says which that is.
ABI := node_modules/.abi-$(shell node -p process.versions.modules)
endif

SOURCES := $(shell find src test bench -name '*.ts')
COMPILER_TOOLS := cc:gcc make:make g++:g++ python3:python3
# clang's own version follows the distribution's; the file is one that every version of the package has.
LIBFUZZER := clang:clang /usr/share/doc/libclang-rt-dev:libclang-rt-dev

build: native dist/.compiled

node_modules/.package-lock.json: package-lock.json package.json
	@scripts/require $(COMPILER_TOOLS)
	$(NODE_HEADERS) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(ABI): node_modules/.package-lock.json
	@node -e "require('posix')" 2>/dev/null || { scripts/require $(COMPILER_TOOLS) && $(NODE_HEADERS) npm rebuild --loglevel=error posix; }
	@rm -f node_modules/.abi-*
	@touch $@

native: $(ABI)
	@scripts/require $(COMPILER_TOOLS)
	@$(MAKE) -s -C src/native

dist/.compiled: node_modules/.package-lock.json tsconfig.json scripts/bundle $(SOURCES)
	node_modules/.bin/tsc -p .
	scripts/bundle
	@touch $@

run: export SRC := $(SRC)
run: export DST := $(DST)
run: build
	@if [ -z "$$SRC" ] || [ -z "$$DST" ]; then echo 'usage: make run SRC=DIRECTORY DST=DIRECTORY' >&2; exit 2; fi
	@# Job control gives it a process group of its own: ctrl-C reaches clsync and not make, which would turn a clean end into an error.
	@# Each is sent TERM when the one above it ends, by whatever signal: the shell with make, clsync with the shell.
	@exec setpriv --pdeathsig TERM -- $(SHELL) -c 'set -m; setpriv --pdeathsig TERM -- "$$@"; exit $$?' run \
		node dist/roles/master/main.js -v -Mmirror -t0 -w0 -W "$$SRC" -D "$$DST" $(ARGS)

test-tools:
	@scripts/require rsync:rsync script:bsdutils git:git bindfs:bindfs ssh:openssh-client setcap:libcap2-bin /usr/bin/clsync:clsync || [ "$$(id -u)" != 0 ]
	@scripts/fetch-sshd build/test-tools || echo 'no sshd: the tests that need it will be skipped' >&2
	@scripts/fetch-promtool build/test-tools || echo 'no promtool: metrics and alert rules will not be checked by it' >&2
	@scripts/require /usr/include/clsync/ctx.h:libclsync-dev || echo 'no libclsync-dev: the tests that compile handlers with its headers will be skipped' >&2
	@scripts/require pkg-config:pkg-config /usr/include/glib-2.0/gio/gio.h:libglib2.0-dev && $(MAKE) -s native || echo 'no libglib2.0-dev: --monitor=gio will not be tested' >&2
	@scripts/require $(LIBFUZZER) || echo 'no libFuzzer: the decoders written in C will not be fuzzed' >&2
	@scripts/require systemd-nspawn:systemd-container || echo 'no systemd-nspawn: the units will not be tried in a booted system' >&2
	@scripts/require chromium:chromium || echo 'no chromium: the page will not be tried in a browser' >&2
	@scripts/require zsh:zsh fish:fish || echo 'no zsh or fish: completion will be tried in bash alone' >&2

# The import rules are in .oxlintrc.json; docs/ARCHITECTURE.md explains them.
FORMATTED := 'src/**/*.ts' 'test/**/*.ts' 'bench/**/*.ts' '*.json'
C_FILES = $(shell find src test bench -name '*.c' -o -name '*.h')

lint: node_modules/.package-lock.json
	@node_modules/.bin/oxlint --type-aware --quiet
	@node_modules/.bin/prettier --check --log-level warn $(FORMATTED)
	@node_modules/.bin/clang-format --dry-run --Werror $(C_FILES)

format: node_modules/.package-lock.json
	@node_modules/.bin/prettier --write --log-level warn $(FORMATTED)
	@node_modules/.bin/clang-format -i $(C_FILES)

generate: build
	node dist/src/tools/generate.js

test: build test-tools
	@node dist/test/main.js

test-node: build test-tools
	@[ -n '$(NODE_MAJOR)' ] || { echo 'usage: make test-node NODE_MAJOR=24' >&2; exit 2; }
	@node dist/test/main.js '$(NODE_MAJOR)'

# CLSYNC_FUZZ_SECONDS: how long each decoder is fuzzed.
soak: build test-tools
	@scripts/require $(LIBFUZZER)
	node dist/test/fuzz/soak.js
	CLSYNC_RACE_SECONDS=20 node --test --test-reporter=./dist/test/harness/reporter.js dist/test/confinement/race.test.js dist/test/confinement/races.test.js dist/test/attacks/mirror-races.test.js
	CLSYNC_FUZZ_ROUNDS=20000 node --test --test-reporter=./dist/test/harness/reporter.js dist/test/component/native/native-fuzz.test.js dist/test/component/native/compare-fuzz.test.js dist/test/component/native/mirror-fuzz.test.js
	CLSYNC_MODEL_ROUNDS=200000 node --test --test-reporter=./dist/test/harness/reporter.js dist/test/convergence/model.test.js
	node dist/bench/outage.js
	node dist/test/convergence/kills-soak.js 500
	node dist/test/convergence/kills-soak.js 400 1 large
	node dist/test/convergence/soak.js
	node dist/test/convergence/soak.js 1001 200 mirror 5
	node dist/test/convergence/soak.js 2001 100 rsyncdirect 10 --monitor=fanotify
	node dist/test/convergence/soak.js 2101 100 mirror 5 --monitor=fanotify
	node dist/test/convergence/soak.js 2201 50 mirror 5 --monitor=gio
	CLSYNC_TEST_ALL=1 node --test --test-reporter=./dist/test/harness/reporter.js dist/test/component/watcher/monitors.test.js

bench: build
	@scripts/require rsync:rsync /usr/bin/clsync:clsync /usr/bin/lsyncd:lsyncd
	node dist/bench/main.js

deb: build
	@scripts/require dpkg-deb:dpkg strip:binutils git:git
	@scripts/deb build/deb

clean:
	rm -rf build dist

help:
	@sed -n '1,/^#$$/s/^# \{0,1\}//p' Makefile

.PHONY: build native run deb lint format generate test test-node test-tools soak bench clean help
