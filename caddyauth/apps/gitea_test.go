package apps

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Gitea makes its users from headers, keeps a session of its own, and checks
// for itself where a posted form comes from.
func TestGitea(t *testing.T) {
	t.Parallel()
	gitea := needGitea(t)
	state, address := scratch.Folder(t), free(t)
	config := write(t, filepath.Join(state, "app.ini"), fmt.Sprintf(`
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = %s
%s
[server]
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = %s
[database]
DB_TYPE = sqlite3
[security]
INSTALL_LOCK = true
[log]
LEVEL = Warn
`, state, adapted(t, example(t, "gitea", "app.ini"), "HTTP_PORT = 3000", "HTTP_PORT = "+port(address)[1:], "https://git.example.com/", "http://localhost/"), filepath.Dir(gitea)))
	cmd := exec.Command(gitea, "web", "--config", config)
	cmd.Env = append(os.Environ(), "HOME="+state, "USER=root", "GITEA_WORK_DIR="+state)
	rig.Run(t, address, cmd)
	headers := []string{"X-WEBAUTH-USER", "X-WEBAUTH-EMAIL", "X-WEBAUTH-FULLNAME"}
	g := startGate(t, setting{caddyfile: "gitea/Caddyfile", site: "git.example.com", upstream: "127.0.0.1:3000", application: address, headers: headers})

	// Ada's user is made, and she makes a repository.
	her := somebody(t, g)
	her.withoutScript() // Gitea's are not in its Go module, and its pages open a dialogue about that
	her.signsIn("/user/settings", ada, adaPassword)
	her.sees("her settings", `document.querySelector("[name=full_name]")?.value === "Ada Lovelace" && document.querySelector("[name=name]")?.value === "ada"`)
	her.visits("/repo/create")
	her.types("#repo_name", "engine")
	her.clicks("form.new-repo-form button:not([type=button])")
	her.sees("the repository", `location.pathname === "/ada/engine" && document.title.includes("ada/engine")`)

	cookies, ask := her.cookies(), by(t, http.MethodGet, "/user/settings", "")
	g.cannotBeForged(t, headers, cookies, `value="ada"`, ask)

	// Gitea's "Sign Out" leads to the gate's. In the same browser, with Gitea's
	// cookie of Ada's still there, Grace is Grace.
	her.visits("/user/logout")
	her.sees("the question of the gate", `location.pathname === "/.okta/signout"`)
	her.signsOut()
	g.isClosed(t, cookies, ask)
	her.signsIn("/user/settings", grace, gracePassword)
	her.sees("Grace's settings", `document.querySelector("[name=full_name]")?.value === "Grace Hopper" && document.querySelector("[name=name]")?.value === "grace"`)
}

// needGitea returns the path of Gitea, beside which are its templates and
// options, or ends the test. No distribution has it; a Go module is its source.
func needGitea(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CADDY_OKTA_GITEA")
	if path == "" {
		rig.Skip(t, "needs Gitea: run examples/gitea/build.sh FOLDER, and set CADDY_OKTA_GITEA=FOLDER/gitea")
	}
	return path
}
