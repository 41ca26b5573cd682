package apps

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// whoAmI is how a CalDAV client asks for its user's own folder.
const whoAmI = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>`

// Radicale keeps calendars and address books by user, and believes a header.
func TestRadicale(t *testing.T) {
	t.Parallel()
	radicale, config, storage := rig.Need(t, "radicale", "radicale"), example(t, "radicale", "config"), scratch.Folder(t)
	adapted(t, config, "hosts = 127.0.0.1:5232", "", "type = http_x_remote_user", "", "filesystem_folder = ", "")
	address := free(t)
	rig.Run(t, address, exec.Command(radicale, "--config="+config, "--server-hosts="+address, "--storage-filesystem-folder="+storage))
	headers := []string{"X-Remote-User"}
	g := startGate(t, setting{caddyfile: "radicale/Caddyfile", site: "cal.example.com", upstream: "127.0.0.1:5232", application: address, headers: headers})

	const hers = "/ada%40example.com/" // her folder, as Radicale writes it

	// Ada makes a calendar with Radicale's own pages.
	her := somebody(t, g)
	her.signsIn("/", ada, adaPassword)
	her.entersRadicale()
	her.clicks(`#collectionsscene [data-name="new"]`)
	her.types(`#createcollectionscene [data-name="displayname"]`, "Engine talks")
	her.clicks(`#createcollectionscene [data-name="submit"]`)
	her.reads(`#collectionsscene article:not(.hidden)`, "Engine talks")
	her.reads(`#collectionsscene article:not(.hidden) [data-name="url"]`, hers)
	if kept, err := filepath.Glob(filepath.Join(storage, "collection-root", ada, "*")); err != nil || len(kept) != 1 {
		t.Errorf("Radicale keeps %q for %s: %v", kept, ada, err)
	}

	// Grace sees hers, which are none, and may not look into Ada's.
	other := somebody(t, g)
	other.signsIn("/", grace, gracePassword)
	other.entersRadicale()
	other.sees("no calendar", `!document.querySelector("#collectionsscene article:not(.hidden)")`)
	const look = `fetch("/` + ada + `/", {method: "PROPFIND", headers: {Depth: "1"}}).then(r => r.status)`
	if status := asks[int](other, look); status != 403 {
		t.Errorf("%s looks into %s's calendars: %d", grace, ada, status)
	}
	if status := asks[int](her, look); status != 207 {
		t.Errorf("%s looks into her own calendars: %d", ada, status)
	}

	cookies, ask := her.cookies(), by(t, "PROPFIND", "/", whoAmI)
	g.cannotBeForged(t, headers, cookies, hers, ask)

	her.signsOut()
	if status := asks[int](her, look); status != 401 {
		t.Errorf("after sign-out: %d", status)
	}
	g.isClosed(t, cookies, ask)
}

// entersRadicale fills in the page with which Radicale receives everybody. It
// asks for a name and a password, because it does not know how it is protected;
// what is typed there does not matter.
func (p *person) entersRadicale() {
	p.Helper()
	p.sees("Radicale's own page", `document.querySelector("#loginscene:not(.hidden)")`)
	p.types(`#loginscene [data-name="user"]`, "anybody")
	p.clicks(`#loginscene button`)
	p.sees("the collections", `document.querySelector("#collectionsscene:not(.hidden)")`)
}
