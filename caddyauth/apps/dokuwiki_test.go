package apps

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// remoteUser are the headers of "identity remote-user".
var remoteUser = []string{"Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email"}

// A wiki in PHP, behind nginx and php-fpm. It knows its user by REMOTE_USER, and
// what they may by their groups at Okta.
//
// The attack: a user who is signed in sends Remote_User or remote.user beside
// the true Remote-User. nginx, where it is told to pass such names on, and PHP
// make one variable of them.
//
// Rows: S-45, CVE-2026-52845.
func TestCVE_2026_52845_DokuWikiBelievesTheGateOnly(t *testing.T) {
	t.Parallel()
	needFile(t, "dokuwiki", dokuwiki)
	state := scratch.Folder(t)
	wiki := startNginx(t, startPHP(t, prepareDokuWiki(t, state)))
	g := startGate(t, setting{caddyfile: "dokuwiki/Caddyfile", site: "wiki.example.com", upstream: "127.0.0.1:8081", application: wiki, headers: remoteUser})

	// Ada is in Finance: she may write.
	her := somebody(t, g)
	her.signsIn("/doku.php?id=engine&do=edit", ada, adaPassword)
	her.reads(".user", "Ada Lovelace ("+ada+")")
	her.types("#wiki__text", "It weaves algebraical patterns.")
	her.clicks("#edbtn__save")
	her.reads("#dokuwiki__content", "It weaves algebraical patterns.")
	changes, err := os.ReadFile(filepath.Join(state, "data/meta/engine.changes"))
	if err != nil || !strings.Contains(string(changes), "\t"+ada+"\t") {
		t.Errorf("the wiki's history: %q, %v", changes, err)
	}

	// Grace is not: she may read.
	other := somebody(t, g)
	other.signsIn("/doku.php?id=engine&do=edit", grace, gracePassword)
	other.reads(".user", "Grace Hopper ("+grace+")")
	other.sees("the page, and no way to change it", `document.querySelector("#wiki__text[readonly]")`)

	cookies, page := her.cookies(), by(t, http.MethodGet, "/doku.php?id=engine", "")
	g.cannotBeForged(t, remoteUser, cookies, "(<bdi>"+ada+"</bdi>)", page)

	// "Authorization: Basic" names a user whom nobody has checked. nginx would
	// have it for REMOTE_USER, and PHP and the wiki for a sign-in.
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(forged+":x"))
	if _, text := page(g.url, http.Header{"Authorization": {basic}, "Cookie": {cookies}}); strings.Contains(text, forged) || !strings.Contains(text, ada) {
		t.Errorf("with Authorization: Basic the wiki shows another user: %.2000q", text)
	}

	her.signsOut()
	g.isClosed(t, cookies, page)

	// In the same browser, with the wiki's cookies of Ada's still there, Grace is
	// Grace.
	her.signsIn("/doku.php?id=engine", grace, gracePassword)
	her.reads(".user", "Grace Hopper ("+grace+")")
}

// Without nginx, Caddy itself tells PHP who its user is.
func TestDokuWikiWithoutNginx(t *testing.T) {
	t.Parallel()
	needFile(t, "dokuwiki", dokuwiki)
	g := startGate(t, setting{caddyfile: "dokuwiki/Caddyfile.fastcgi", site: "wiki.example.com", upstream: "unix//run/php/php-fpm.sock",
		application: startPHP(t, prepareDokuWiki(t, scratch.Folder(t))), headers: remoteUser})
	her := somebody(t, g)
	her.signsIn("/doku.php?id=engine&do=edit", ada, adaPassword)
	her.reads(".user", "Ada Lovelace ("+ada+")")
	her.sees("that her groups let her write", `document.querySelector("#wiki__text:not([readonly])")`)
	cookies, page := her.cookies(), by(t, http.MethodGet, "/doku.php?id=engine", "")
	for _, inner := range []string{"/inc/init.php", "/conf/local.php", "/.htaccess", "/vendor/autoload.php"} {
		if status, text := by(t, http.MethodGet, inner, "")(g.url, http.Header{"Cookie": {cookies}}); status != http.StatusNotFound {
			t.Errorf("%s: %d %.300q", inner, status, text)
		}
	}
	her.signsOut()
	g.isClosed(t, cookies, page)
}

// dokuwiki is where Debian installs it.
const dokuwiki = "/usr/share/dokuwiki"

// prepareDokuWiki makes a wiki of the test's own in state, with the example's
// configuration and plugin: the installed program, other folders. It returns a
// file of PHP that says so to every page.
func prepareDokuWiki(t *testing.T, state string) string {
	t.Helper()
	for _, name := range []string{"attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp"} {
		if err := os.MkdirAll(filepath.Join(state, "data", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(state, "conf/local.php"), adapted(t, example(t, "dokuwiki", "local.php"))+
		fmt.Sprintf("$conf['savedir'] = '%s/data';\n", state))
	write(t, filepath.Join(state, "conf/acl.auth.php"), adapted(t, example(t, "dokuwiki", "acl.auth.php")))
	plugins := filepath.Join(state, "plugins")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		t.Fatal(err)
	}
	installed, err := filepath.Glob(dokuwiki + "/lib/plugins/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, plugin := range append(installed, example(t, "dokuwiki", "authgate")) {
		if err := os.Symlink(plugin, filepath.Join(plugins, filepath.Base(plugin))); err != nil {
			t.Fatal(err)
		}
	}
	return write(t, filepath.Join(state, "folders.php"), fmt.Sprintf("<?php define('DOKU_CONF', '%s/conf/'); define('DOKU_PLUGIN', '%s/plugins/');\n", state, state))
}
