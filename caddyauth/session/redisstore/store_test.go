package redisstore_test

import (
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

func TestConformance(t *testing.T) {
	client := startServer(t).client(t)
	sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, client) })
}
