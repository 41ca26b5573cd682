package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// What stands around a gate in a Caddyfile decides which requests reach it, and
// none of it is the gate's to know. Wherever a page is shown, what is posted
// from it comes back to the gate and never goes to the application, and the page
// has its headers; where that cannot be, no page is shown, and the log has the
// line that mends it.
//
// Rows: CVE-2023-47106, CVE-2026-40912.
func TestCVE_2023_47106_RoutingMatrix(t *testing.T) {
	t.Parallel()
	const works = ""
	for _, test := range []struct{ name, site, refused string }{
		{"plain", "GATE\nPROXY", works},
		{"matcher on the directive", "@app path /app/*\nGATE@app\nPROXY", works},
		{"matcher on the method", "@get method GET\nGATE@get\nPROXY", works},
		{"handle everything", "handle {\nGATE\nPROXY\n}", works},
		{"handle below a path", "handle /app/* {\nGATE\nPROXY\n}\nhandle {\nPROXY\n}", "outside handle"},
		{"handle below a path, with a prefix there", "handle /app/* {\nGATE{prefix /app/.okta/}\nPROXY\n}\nhandle {\nPROXY\n}", works},
		{"handle_path", "handle_path /app/* {\nGATE\nPROXY\n}\nhandle {\nPROXY\n}", "outside handle"},
		{"handle_path, with a prefix there", "handle_path /app/* {\nGATE{prefix /app/.okta/}\nPROXY\n}\nhandle {\nPROXY\n}", works},
		{"handle of a method", "@get method GET\nhandle @get {\nGATE\nPROXY\n}\nhandle {\nPROXY\n}", "outside handle"},
		{"route", "route {\nGATE\nPROXY\n}", works},
		{"route that answers first", "route {\nrespond /.okta/* 404\nGATE\nPROXY\n}", "outside handle"},
		{"rewrite of everything", "rewrite * /index.php?{query}\nGATE\nPROXY", works},
		{"rewrite of posts", "@post method POST\nrewrite @post /post\nGATE\nPROXY", works},
		{"uri strip_prefix", "uri strip_prefix /app\nGATE\nPROXY", works},
		{"try_files", "root * {$PWD}\ntry_files {path} /index.html\nGATE\nPROXY", works},
		{"redir of our paths", "redir /.okta/* /elsewhere\nGATE\nPROXY", "outside handle"},
		{"basic_auth beside it", "basic_auth /other/* {\nadmin $2a$04$mnzhvWtDkkjoU6oBNg2sEu4CbfhIBmB1f3nqIFbHWxc4yhTS8QoyG\n}\nGATE\nPROXY", works},
		{"header that adds", "header X-Extra yes\nGATE\nPROXY", works},
		{"header that tidies up", "header {\nX-Frame-Options SAMEORIGIN\nReferrer-Policy strict-origin\n-Server\n}\nGATE\nPROXY", works},
		{"header that takes the policy away", "header -Content-Security-Policy\nGATE\nPROXY", "Content-Security-Policy"},
		{"header that lets caches keep pages", "header >Cache-Control \"public, max-age=60\"\nGATE\nPROXY", "Cache-Control"},
		{"header that hides the referrer", "header >Referrer-Policy no-referrer\nGATE\nPROXY", "Referrer-Policy"},
		{"encode", "encode\nGATE\nPROXY", works},
		{"templates", "templates\nGATE\nPROXY", works},
		{"respond", "GATE\nrespond \"hello\"", works},
		{"request_body limit", "request_body {\nmax_size 1MB\n}\nGATE\nPROXY", works},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			org, echo := StartOrg(t), StartEcho(t)
			w := &world{T: t, org: org, echo: echo, site: StartSite(t, SiteBlock("http://localhost:{$PORT}", layout(test.site, org, echo)))}
			b := w.browser()
			b.Open("/app/report?year=2026")
			if test.refused != works {
				if b.Last.Status != http.StatusInternalServerError || strings.Contains(b.Last.Body, "<form") {
					t.Errorf("a page is shown: %d %.300q %v", b.Last.Status, b.Last.Body, b.History)
				}
				rig.Eventually(t, "the log has the line that mends it", func() bool { return len(w.site.Log.Find(test.refused)) > 0 })
				return
			}
			if got := b.Last.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") || b.Last.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("the page comes with %q", b.Last.Header)
			}
			if got := w.echo.Requests(); len(got) > 0 && strings.Contains(got[0].Line, "/app") {
				t.Errorf("the application got %q before anybody signed in", got[0].Line)
			}
			b.SignIn("/app/report?year=2026", ada, adaPassword)
			if b.URL != w.site.URL+"/app/report?year=2026" || b.Last.Status != http.StatusOK {
				t.Errorf("ended at %q with %d", b.URL, b.Last.Status)
			}
			for _, got := range w.echo.Requests() {
				if strings.Contains(got.Body, "passcode") || strings.Contains(got.Line, ".okta") {
					t.Errorf("the application got %q %q", got.Line, got.Body)
				}
			}
		})
	}
}

// layout puts a gate, with its matcher and lines, and the application where the
// site says GATE and PROXY.
func layout(site string, org *Org, echo *Echo) string {
	lines := strings.Split(site, "\n")
	for i, line := range lines {
		gate, isGate := strings.CutPrefix(line, "GATE")
		switch {
		case line == "PROXY":
			lines[i] = "reverse_proxy " + echo.Addr
		case isGate && strings.HasPrefix(gate, "@"):
			lines[i] = strings.Replace(GateBlock(org), "okta_auth {", "okta_auth "+gate+" {", 1)
		case isGate:
			lines[i] = GateBlock(org, strings.Fields(strings.Trim(gate, "{}"))...)
			if gate != "" {
				lines[i] = GateBlock(org, strings.Trim(gate, "{}"))
			}
		}
	}
	return strings.Join(lines, "\n")
}
