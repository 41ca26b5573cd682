package e2e

import (
	"os"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// scratch is for the whole run.
var scratch = rig.Scratch{BuildFlags: buildFlags()}

func TestMain(m *testing.M) { scratch.Main(m) }

func buildFlags() []string {
	if os.Getenv("CADDY_OKTA_RACE") == "" {
		return nil
	}
	return []string{"-race"}
}

// Binary is the path of the built server.
func Binary(t testing.TB) string {
	t.Helper()
	return scratch.Server(t)
}

// Skip is [rig.Skip].
func Skip(t testing.TB, why string) {
	t.Helper()
	rig.Skip(t, why)
}

const patience = rig.Patience

// Eventually is [rig.Eventually].
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	rig.Eventually(t, what, ok)
}

// freePorts are n of [rig.FreePort].
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var ports []string
	for range n {
		ports = append(ports, rig.FreePort(t))
	}
	return ports
}
