# `make` lists what there is. Building, `make demo` and `make test` need nothing
# but Go, git and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VERSION      ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PACKAGES     ?= ./...
TEST_TIMEOUT ?= 15m
E2E_TIMEOUT  ?= 45m
# Tests wait more than they compute.
TEST_JOBS    ?= $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
FUZZTIME     ?= 10s
PREFIX       ?= /usr/local
PLATFORM     ?= linux/$(shell go env GOARCH)
# Arguments for the programs behind demo, e2e and bench, e.g. ARGS="-n 500".
ARGS         ?=
# Authorities that base images trust in place of Debian's, behind a proxy that
# looks into TLS.
TRUST        ?=
# hack/gotest adds the tests that passed and failed to this file.
COUNTS       ?=

GOTEST = bin/gotest $(if $(COUNTS),-counts $(COUNTS))
# The race detector needs a C compiler; without one Go turns cgo off.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
# Without what only debuggers read, a test links in two thirds of the time.
LINK := -ldflags=-w
# Without the paths in it, what one clone has compiled serves the next. Everything
# but the tests is compiled one way, so that it is compiled once.
TRIM := GOFLAGS='$(strip $(shell go env GOFLAGS) -trimpath)'
ENV  := CGO_ENABLED=0 $(TRIM)
GO   := $(ENV) go
LINT := $(GO) tool -modfile=hack/lint/go.mod golangci-lint
VULN := $(GO) tool -modfile=hack/vuln/go.mod govulncheck

# Ends a cluster without a word, unless that fails.
down = bin/cluster down --dir $(1) >/dev/null 2>&1 || echo "failed: bin/cluster down --dir $(1)"

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z0-9\/-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/spotguide, a static binary.
	@$(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/spotguide ./cmd/spotguide

.PHONY: install
install: build ## spotguide and the kubectl plugin into PREFIX/bin (/usr/local).
	@install -d "$(DESTDIR)$(PREFIX)/bin"
	@install -m 755 bin/spotguide "$(DESTDIR)$(PREFIX)/bin/"
	@for name in kubectl-spotguide kubectl_complete-spotguide; do ln -sf spotguide "$(DESTDIR)$(PREFIX)/bin/$$name"; done

bin/cluster: $(shell find hack/cluster -type f -not -name '*_test.go' -not -path '*/testdata/*') ## Build the embedded control plane (minutes, once).
	@hack/cached.sh $@ hack/cluster/build.sh hack/cluster

.PHONY: test
test: bin/cluster bin/gotest ## Unit and integration tests on the embedded control plane.
	@$(if $(RACE),,echo 'no C compiler: testing without the race detector')
	@trap '$(call down,.cluster/test)' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	$(TRIM) $(GOTEST) $(RACE) $(LINK) -p $(TEST_JOBS) -parallel $(TEST_JOBS) -timeout $(TEST_TIMEOUT) $(PACKAGES)

.PHONY: demo
demo: build bin/cluster bin/gitserver ## From a push to a healthy workload, on a cluster of its own.
	@$(GO) run ./hack/demo $(ARGS)

.PHONY: demo-down
demo-down: ## Stop what make demo left running.
	@$(GO) run ./hack/demo -down

.PHONY: e2e
e2e: image bin/cluster bin/gotest bases ## The agent in a container on a real node (root, Debian).
	@trap '$(call down,.cluster/e2e)' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	$(ENV) $(GOTEST) $(LINK) -tags e2e -count 1 -timeout $(E2E_TIMEOUT) ./test/e2e $(ARGS)

bin/buildkit/buildkitd: hack/buildkit/go.mod hack/buildkit/build.sh
	@hack/cached.sh bin/buildkit hack/buildkit/build.sh hack/buildkit
	@touch $@

bin/traefik/traefik: hack/traefik/go.mod hack/traefik/build.sh
	@hack/cached.sh bin/traefik hack/traefik/build.sh hack/traefik
	@touch $@

.PHONY: bases
bases: bin/buildkit/buildkitd bin/traefik/traefik ## BuildKit, Traefik and base images of Debian's packages, as tars in bin/bases.
	@$(GO) run ./hack/bases $(if $(TRUST),-trust $(TRUST))

.PHONY: e2e-kafka
e2e-kafka: bin/gotest ## The Kafka commands and plans on real brokers (Java 17, Maven).
	@hack/kafka/cluster.sh fetch
	@$(ENV) $(GOTEST) $(LINK) -tags kafka -p 1 -count 1 -timeout $(E2E_TIMEOUT) -run 'Kafka$$|RealCluster' ./spotguides/kafka/admin ./spotguides/kafka/analyze ./spotguides/kafka/heal ./cmd/spotguide $(ARGS)

.PHONY: e2e-kafka-guide
e2e-kafka-guide: image bin/cluster bin/gotest bases ## A Kafka cluster from a pushed repository on real nodes (root, Debian).
	@hack/kafka/cluster.sh fetch
	@trap '$(call down,.cluster/e2e-kafka)' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	CLUSTER_DIR=$(CURDIR)/.cluster/e2e-kafka $(ENV) $(GOTEST) $(LINK) -tags 'e2e kafka' -count 1 -timeout $(E2E_TIMEOUT) -run TestKafkaGuide ./test/e2e $(ARGS)

.PHONY: bench
bench: build bin/cluster bin/gitserver ## Measure against a floor program; docs/benchmarks.md explains the table.
	@$(GO) run ./hack/bench $(ARGS)

.PHONY: faults
faults: build bin/cluster bin/gitserver ## Break nodes and pods under the agent's eyes; docs/faults.md has the timelines.
	@$(GO) run ./hack/faults $(ARGS)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (10s).
	@hack/fuzz.sh $(FUZZTIME)

.PHONY: lint
lint: vuln ## golangci-lint and govulncheck, both pinned.
	@$(LINT) run --allow-parallel-runners ./...

.PHONY: vuln
vuln: ## Known vulnerabilities that our code reaches.
	@hack/vuln/check.sh env $(VULN) ./...

.PHONY: generate
generate: ## Write everything that is generated.
	@$(GO) generate ./...

.PHONY: check-generated
check-generated: ## Fail when make generate would change something.
	@hack/check-generated.sh

.PHONY: image
image: build ## The agent's image as an OCI tar, bin/spotguide.tar; no Docker needed.
	@$(GO) run ./hack/image -binary bin/spotguide -out bin/spotguide.tar -platform $(PLATFORM)

.PHONY: clean
clean: ## Stop our clusters and remove what was built.
	@for dir in .cluster/* .demo/cluster; do if [ -x bin/cluster ] && [ -d "$$dir" ]; then bin/cluster down --dir "$$dir"; fi; done
	@rm -rf bin .cluster .demo

# The go command knows best whether there is something to do.
.PHONY: bin/gotest bin/gitserver bin/registry
bin/gotest bin/gitserver bin/registry:
	@$(GO) build -o $@ ./hack/$(@F)
