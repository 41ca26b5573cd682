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

const patience = rig.Patience
