package apps

import (
	"encoding/base64"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Transmission has one user and Basic authentication. Who signed in never sees
// its dialogue, and cannot be anybody else there.
func TestTransmission(t *testing.T) {
	t.Parallel()
	daemon := rig.Need(t, "transmission-daemon", "transmission-daemon")
	const password = "change-me"
	state, address := scratch.Folder(t), free(t)
	write(t, filepath.Join(state, "settings.json"), adapted(t, example(t, "basic-auth-app", "settings.json"),
		"9091", port(address)[1:], `"rpc-password": "`+password+`"`, `"rpc-password": "`+password+`"`))
	rig.Run(t, address, exec.Command(daemon, "--foreground", "--config-dir", state, "--download-dir", state,
		"--peerport", port(free(t))[1:], "--no-dht", "--no-lpd", "--no-portmap", "--no-utp"))
	g := startGate(t, setting{caddyfile: "basic-auth-app/Caddyfile", site: "downloads.example.com", upstream: "127.0.0.1:9091", application: address,
		env: []string{"TRANSMISSION_PASSWORD=" + password}})

	// What Transmission itself says to whoever does not know its password.
	rpc := by(t, http.MethodPost, "/transmission/rpc", `{"method":"session-get"}`)
	if status, _ := rpc(g.application, http.Header{}); status != http.StatusUnauthorized {
		t.Fatalf("Transmission asks for no password: %d", status)
	}

	// Its page draws itself with what its RPC answers.
	her := somebody(t, g)
	her.signsIn("/transmission/web/", ada, adaPassword)
	her.sees("Transmission", `document.title === "Transmission Web Interface"`)
	her.sees("what the RPC says", `document.querySelector("#speed-dn-label")?.innerText.includes("0")`)
	const session = `(async () => {
		const ask = id => fetch("/transmission/rpc", {method: "POST", headers: {"X-Transmission-Session-Id": id}, body: '{"method":"session-get"}'})
		const first = await ask("")
		return (await (await ask(first.headers.get("X-Transmission-Session-Id"))).json()).arguments["download-dir"]
	})()`
	if got := asks[string](her, session); got != state {
		t.Errorf("Transmission's RPC says it downloads into %q, want %q", got, state)
	}

	// A client's own Authorization does not count: a wrong one does no harm, and
	// the right one opens nothing.
	cookies := her.cookies()
	page := by(t, http.MethodGet, "/transmission/web/", "")
	for _, user := range []string{forged + ":x", "caddy:" + password} {
		authorization := "Basic " + base64.StdEncoding.EncodeToString([]byte(user))
		for _, name := range []string{"Authorization", "authorization", "AUTHORIZATION"} {
			if status, text, reached := g.asked(page, http.Header{name: {authorization}}); status != http.StatusUnauthorized || reached {
				t.Errorf("%s without a session: %d %.300q, reached the application: %t", name, status, text, reached)
			}
			if status, text, _ := g.asked(page, http.Header{name: {authorization}, "Cookie": {cookies}}); status != http.StatusOK {
				t.Errorf("%s with a session: %d %.300q", name, status, text)
			}
		}
		if user != "caddy:"+password && g.tap.has(authorization) {
			t.Errorf("the application received a client's %q", authorization)
		}
	}

	// Grace is not in the group that may.
	other := somebody(t, g)
	other.signsIn("/transmission/web/?of-grace", grace, gracePassword)
	other.reads("body", grace)
	other.sees("that it is not for her", `!document.querySelector("form[data-remediation]") && document.title !== "Transmission Web Interface"`)
	if g.tap.has("of-grace") {
		t.Error("what Grace asked for reached Transmission")
	}

	her.signsOut()
	g.isClosed(t, cookies, page)
}
