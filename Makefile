.PHONY: build test lint fuzz soak bench man

build: ## the program, in ./mudlark
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" ./cmd/mudlark

test: ## everything that CI runs
	bash .ci/run

lint:
	golangci-lint run ./...

FUZZTIME ?= 30s
fuzz: ## each fuzz target for FUZZTIME
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

SOAK ?= 200
soak: ## the random tests on SOAK histories, and packs of ten million objects
	MUDLARK_SOAK=$(SOAK) go test -timeout 4h -v -run 'WhatIsNew|WhatWholeFinds|ManyObjects' ./cmd/mudlark ./detectors ./internal/gitpack

bench: build ## the ratios of doc/performance.md, side by side in one run
	go run ./internal/bench -mudlark ./mudlark

man: ## the manual pages, in ./man
	go run -tags gendoc ./cmd/mudlark man
