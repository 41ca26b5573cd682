# The sidecar: Caddy with okta_auth in an otherwise empty image, without a shell,
# for a user who may write nowhere. It needs a Caddyfile at /etc/caddy/Caddyfile;
# examples/compose and examples/kubernetes show one with everything around it.
#
# From source, with Docker:
#
#     docker build -t caddy-okta .
#
# From a binary that is built already, without a network and, by buildah, without
# a daemon ("--format docker" keeps the health check):
#
#     CGO_ENABLED=0 go build -trimpath -o dist/caddy ./cmd/caddy
#     cp /etc/ssl/certs/ca-certificates.crt dist/
#     docker build --target prebuilt -t caddy-okta .
#     buildah --storage-driver vfs bud --isolation chroot --format docker --target prebuilt -t caddy-okta .

# What both ways have in common. It is the first stage, and prebuilt the second,
# because builders that make every stage before the target would pull the third.
FROM scratch AS base
LABEL org.opencontainers.image.title="caddy-okta" \
      org.opencontainers.image.description="Caddy with okta_auth: Okta sign-in for any application, on pages of its own" \
      org.opencontainers.image.source="https://github.com/caddy-okta/caddy-okta" \
      org.opencontainers.image.licenses="Apache-2.0"
# Volumes go here, if any: without a "key", for certificates, or for sessions that
# ended early to be over in all replicas and after a restart, /data must be writable
# for the user below and be kept.
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/bin/caddy", "okta-auth", "health"]
ENTRYPOINT ["/usr/bin/caddy"]
CMD ["run", "--config", "/etc/caddy/Caddyfile"]

FROM base AS prebuilt
COPY dist/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY dist/caddy /usr/bin/caddy

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /caddy ./cmd/caddy

FROM base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /caddy /usr/bin/caddy
