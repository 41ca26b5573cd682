package oktasim_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Tests of our own could share a mistake with the simulator. Okta's JavaScript
// client was written by others, and signs in unmodified.
func TestOktaAuthJSSignsIn(t *testing.T) {
	const folder = "testdata/authjs"
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(folder, "node_modules", "@okta", "okta-auth-js"))
	}
	if err != nil {
		rig.Skip(t, "needs Node 20 or newer and its packages: run `npm ci` in caddyauth/oktasim/"+folder)
	}
	for _, script := range []string{"signin.mjs", "factors.mjs", "accounts.mjs"} {
		t.Run(script, func(t *testing.T) {
			o := start(t, &oktasim.Server{})
			command := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=tap", script)
			command.Dir = folder
			command.Env = append(os.Environ(), "OKTASIM_MANAGE="+o.manage)
			if report, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, report)
			}
		})
	}
}
