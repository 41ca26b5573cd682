package e2e

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// Without a key in the config one is made and kept: a restart signs nobody out.
func TestKeyFromStorageSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, pending := w.signedIn(), w.browser()
	w.org.Policy("second_page")
	pending.Open("/pending")
	pending.Submit("identify", "identifier", ada)
	w.site.Restart()
	if !b.SignedIn("/") {
		t.Error("a restart ends sessions")
	}
	pending.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	if pending.URL != w.site.URL+"/pending" || !strings.Contains(pending.Last.Body, UpstreamMark) {
		t.Errorf("a restart ends sign-ins: %s %d", pending.URL, pending.Last.Status)
	}
	if files := filesOf(t, w.site.Storage, "okta"); len(files) != 1 {
		t.Errorf("the storage holds %q", files)
	} else if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the key: %v, %v", info.Mode(), err)
	}
}

// filesOf lists the files below a folder whose path below it contains part.
func filesOf(t *testing.T, folder, part string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(strings.TrimPrefix(path, folder), part) {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A storage that cannot keep a key is an error that says what to do: a silent
// key of one process would end all sessions with it, and no replica could read
// them.
//
// Rows: S-48.
func TestS48_NoKeyAndNoStorage(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	storage := "{\nstorage file_system " + filepath.Join(blocked, "storage") + "\n}\n"
	site := StartSite(t, storage+Caddyfile(org, echo, "public /public/*"))
	b := NewBrowser(t, site)
	for _, path := range []string{"/", "/.okta/signin", "/.okta/signin/identify"} {
		if got := b.Open(path); got.Status != http.StatusInternalServerError || strings.Contains(got.Body, UpstreamMark) {
			t.Errorf("%s: %d %.200q", path, got.Status, got.Body)
		}
	}
	if len(echo.Requests()) > 0 || len(org.Calls()) > 0 {
		t.Errorf("the application got %v, the org %v", echo.Requests(), org.Calls())
	}
	if log := site.Log.Brief(); !strings.Contains(log, "openssl rand -base64 32") || !strings.Contains(log, "key {env.") {
		t.Errorf("the log does not say what to add:\n%s", log)
	}
	// With a key in the config users sign in all the same. What others are not told
	// then, the log says as soon as the config is loaded, where it matters.
	const key = `key "a key that is long enough for anything"`
	const alone = "what ends a session early is known in this process alone"
	if err := site.Reload(storage + Caddyfile(org, echo, key, "session memory")); err != nil {
		t.Fatal(err)
	}
	if warned := site.Log.Find(alone); len(warned) > 0 {
		t.Errorf("sessions of one process: %v", warned)
	}
	if err := site.Reload(storage + Caddyfile(org, echo, key)); err != nil {
		t.Fatal(err)
	}
	rig.Eventually(t, "the log warns of a storage that takes nothing", func() bool {
		warned := site.Log.Find(alone)
		return len(warned) == 1 && warned[0]["level"] == "warn" && warned[0]["why"] == "it cannot be written to"
	})
	b.SignIn("/", ada, adaPassword)
	if text, err := site.command("revoke", "--all"); err == nil || b.SignedIn("/") {
		t.Errorf("not ended here, or taken for ended everywhere: %v\n%s", err, text)
	}
	if text, err := site.command("list"); err != nil || !strings.Contains(text, "1 revocations in force, 1 unknown to other processes") {
		t.Errorf("the list: %v\n%s", err, text)
	}
}

// Checking a config on a build machine must not leave a key there, nor ask the
// org anything.
func TestValidateMakesNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, command := range [][]string{{"validate"}, {"adapt", "--validate"}} {
		out, err := w.site.Command(append(command, "--config", w.site.config(), "--adapter", "caddyfile")...)
		if err != nil {
			t.Errorf("%v: %v\n%s", command, err, out)
		}
	}
	if files := filesOf(t, w.site.Storage, "okta"); len(files) > 0 {
		t.Errorf("the storage holds %q", files)
	}
	w.expectNothingHappened()
}

// Two replicas behind one load balancer that share the key and nothing else:
// every step of a sign-in may meet the other one.
//
// Rows: F-18.
func TestF18_ReplicasThatShareOnlyTheKey(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	const public = "https://app.localhost"
	config := SiteBlock("http://:{$PORT}", GateBlock(org, "public_url "+public, `key "what the replicas share, long enough"`), "reverse_proxy "+echo.Addr)
	replicas := []*Site{StartSite(t, config), StartSite(t, config)}
	org.Policy("second_page", "email")
	b := NewBrowserBehind(t, replicas[0], public)
	turn := 0
	next := func() { turn++; b.Reroute(replicas[turn%2]) }

	b.Open("/shared?x=1")
	next()
	b.Submit("identify", "identifier", ada)
	next()
	b.Submit("challenge-authenticator", "credentials/passcode", "wrong")
	if !b.Page.Says("errors.E0000004") {
		t.Errorf("the error is lost on the way: %v", b.Page.Messages)
	}
	next()
	b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	next()
	b.Submit("select-authenticator-authenticate")
	next()
	b.Submit("resend")
	next()
	b.Submit("challenge-authenticator", "credentials/passcode", org.Code(ada))
	if b.URL != public+"/shared?x=1" || !strings.Contains(b.Last.Body, UpstreamMark) {
		t.Fatalf("ended at %s: %d %.300s", b.URL, b.Last.Status, b.Last.Body)
	}
	for range 4 {
		next()
		if !b.SignedIn("/") {
			t.Error("a session of one replica is none of the other")
		}
	}

	// Post on one, see the page on the other: the answer is not in its memory.
	other := NewBrowserBehind(t, replicas[0], public)
	other.Open("/")
	form := other.Form("identify")
	other.Do(other.Post(form.Action, form.Fill("identifier", ada)))
	other.Reroute(replicas[1])
	other.Open("/")
	other.Form("challenge-authenticator")
}

// The old key opens while it is listed, and signing in goes on when it is gone.
//
// Rows: S-36, S-37, Envoy #39210.
func TestS36_KeyRotation(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	const first, second = `"the first key, which is long enough"`, `"the second key, which is long enough"`
	site := StartSite(t, Caddyfile(org, echo, "key "+first))
	b, pending := NewBrowser(t, site), NewBrowser(t, site)
	b.SignIn("/", ada, adaPassword)
	pending.Open("/pending")
	for _, step := range []struct {
		keys string
		in   bool
	}{{second + " " + first, true}, {second, false}} {
		if err := site.Reload(Caddyfile(org, echo, "key "+step.keys)); err != nil {
			t.Fatal(err)
		}
		if got := b.SignedIn("/"); got != step.in {
			t.Errorf("key %s: signed in %v", step.keys, got)
		}
	}
	// A sign-in that was sealed with the lost key begins again by itself.
	pending.Submit("identify", credentials()...)
	if pending.URL != site.URL+"/pending" || pending.Page == nil {
		t.Fatalf("%s %d", pending.URL, pending.Last.Status)
	}
	pending.Submit("identify", credentials()...)
	if !pending.SignedIn("/") {
		t.Error("stuck after the key is lost")
	}
	b.SignIn("/", ada, adaPassword)
}

// The command makes keys that the server takes, on a line of its own, and stores
// none.
func TestKeygenMakesAKeyThatTheServerTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	line, err := w.site.Command("okta-auth", "keygen")
	key, rest, _ := strings.Cut(line, "\n")
	if err != nil || rest != "" || len(key) != 44 {
		t.Fatalf("%d characters, then %q: %v", len(key), rest, err)
	}
	if err := w.site.Reload(Caddyfile(w.org, w.echo, "key "+key)); err != nil {
		t.Fatal(err)
	}
	w.browser().SignIn("/", ada, adaPassword)
	if files := filesOf(t, w.site.Storage, "okta"); len(files) > 0 {
		t.Errorf("the storage holds %q", files)
	}
}
