# Shortcuts. Everything here is a command of the README or of CONTRIBUTING.md.
.PHONY: demo test check build image fmt

demo:   ## a simulated org, an application and Caddy between them
	go run ./cmd/demo

test:
	go test ./...

check:  ## what CI runs
	bash .ci/run

build:  ## a static binary, as the image has it
	CGO_ENABLED=0 go build -trimpath -o dist/caddy ./cmd/caddy

image: build
	cp /etc/ssl/certs/ca-certificates.crt dist/
	buildah bud --format docker --target prebuilt -t caddy-okta .

fmt:
	gofmt -w caddyauth cmd templates
	go run ./cmd/caddy fmt --overwrite Caddyfile.example
