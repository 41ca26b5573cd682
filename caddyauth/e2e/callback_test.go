package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// newCallbackWorld is a world with an access log, whose org sends browsers to the
// site's callback: from e-mails, and from an identity provider.
func newCallbackWorld(t *testing.T, policy oktasim.Policy, lines ...string) *world {
	t.Helper()
	clients := oktasim.DemoClients()
	c := &clients[0]
	c.EmailCallbackURI, c.RecoveryURI = "http://callback.example/.okta/callback", "http://callback.example/.okta/callback"
	w := &world{T: t, org: StartOrgServer(t, &oktasim.Server{Clients: clients, Policy: policy}), echo: StartEcho(t)}
	w.site = StartSite(t, SiteBlock("http://localhost:{$PORT}", "log", GateBlock(w.org, lines...), "reverse_proxy "+w.echo.Addr))
	return w
}

// mailedTo is the address that the newest e-mail leads to, at this site.
func (w *world) mailedTo(login string) string {
	w.Helper()
	mail := w.org.Mailbox(login)
	if len(mail) == 0 {
		w.Fatal("no mail")
	}
	return strings.Replace(mail[0].Link, "http://callback.example", w.site.URL, 1)
}

// expectUnlogged fails the test when a part of the address's query is anywhere in
// the server's log, access log and DEBUG lines included.
func (w *world) expectUnlogged(address string) {
	w.Helper()
	u, err := url.Parse(address)
	if err != nil {
		w.Fatal(err)
	}
	log := w.site.Log.String()
	for name, values := range u.Query() {
		if len(values[0]) >= 6 && tells(log, values[0]) {
			w.Errorf("the log holds the value of %q", name)
		}
	}
}

// arrive opens an address that Okta sent the browser to, and sees to it that the
// browser ends at one without a query.
func (w *world) arrive(b *Browser, address string) {
	w.Helper()
	b.Open(address)
	if len(b.History) < 2 || strings.Contains(b.URL, "/.okta/callback?") {
		w.Errorf("the way was %v, to %s", b.History, b.URL)
	}
	w.expectUnlogged(address)
}

func (w *world) atMail(b *Browser) {
	w.Helper()
	b.Open("/deep?q=1")
	b.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	b.Submit("select-authenticator-authenticate")
}

// The link in an e-mail signs in where it is waited for, and ends on the page that
// was asked for, with its query.
//
// Rows: CVE-2022-23469.
func TestMagicLinkInTheSameBrowser(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, oktasim.Policy{Factors: []string{"email"}})
	b := w.browser()
	w.atMail(b)
	w.arrive(b, w.mailedTo(ada))
	if b.URL != w.site.URL+"/deep?q=1" || !strings.Contains(b.Last.Body, UpstreamMark) {
		t.Errorf("ended at %s: %d %.200s", b.URL, b.Last.Status, b.Last.Body)
	}
}

// In another browser the same link shows the code and where to type it, and signs
// nobody in; nor does a preview, a scanner or a script that opens it.
func TestMagicLinkInAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, oktasim.Policy{Factors: []string{"email"}})
	b := w.browser()
	w.atMail(b)
	link := w.mailedTo(ada)
	for _, headers := range [][]string{
		{"Sec-Purpose: prefetch", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"},
		{"Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"}, {"Accept: */*", "User-Agent: mail-scanner"},
	} {
		// With the very cookies of the browser that waits.
		if got := b.Get(link, headers...); got.Status != http.StatusSeeOther || b.SignedIn("/") {
			t.Errorf("%v: %d", headers, got.Status)
		}
	}
	if got := b.Do(b.Request(http.MethodHead, link, "", navigation...)); got.Status != http.StatusSeeOther || b.SignedIn("/") {
		t.Errorf("HEAD: %d", got.Status)
	}

	phone := w.browser()
	w.arrive(phone, link)
	code := w.org.Code(ada)
	if phone.SignedIn("/") || phone.Last.Status != http.StatusOK && phone.Page == nil {
		t.Fatalf("the other browser: %d", phone.Last.Status)
	}
	phone = w.browser()
	w.arrive(phone, link)
	if !strings.Contains(phone.Last.Body, code) || phone.URL != w.site.URL+"/.okta/callback" {
		t.Errorf("the page at %s does not show the code", phone.URL)
	}
	if got := phone.Reload(); strings.Contains(got.Body, code) {
		t.Error("the code is shown twice")
	}
	b.Open("/deep?q=1")
	b.Submit("challenge-authenticator", "credentials/passcode", code)
	if !b.SignedIn("/deep?q=1") {
		t.Error("the code does not sign in where it was asked for")
	}
}

// exit follows the link of a remediation, and returns where it leads.
func (w *world) exit(b *Browser, remediation string) string {
	w.Helper()
	for n := range b.Page.Root.Descendants() {
		if n.Data == "a" && Attr(n, "data-remediation") == remediation {
			got := b.Get(Attr(n, "href"), append(slices.Clone(navigation), "Sec-Fetch-Site: same-origin")...)
			if got.Status != http.StatusSeeOther {
				w.Fatalf("the exit answers %d %.200s", got.Status, got.Body)
			}
			return got.Header.Get("Location")
		}
	}
	w.Fatalf("no link for %q among %v", remediation, b.Page.Links)
	return ""
}

// atProvider ends a visit to the simulated identity provider; it returns the
// address that the provider sends the browser back to.
func (w *world) atProvider(address string, values url.Values) string {
	w.Helper()
	u, err := url.Parse(address)
	if err != nil {
		w.Fatal(err)
	}
	values.Set("stateToken", u.Query().Get("stateToken"))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(address, values)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.Header.Get("Location")
}

var partner = oktasim.Policy{IDPs: []oktasim.IDP{{ID: "0oa1partner", Name: "Partner"}}}

// An identity provider is a link of ours: no page and no log holds the state
// token. The visit ends where the user wanted to go, whether Okta is content,
// asks for more, or refuses.
//
// Rows: CVE-2022-23469.
func TestIdentityProviders(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]string{"": UpstreamMark, "more": "Verify it’s you", "deny": "not allowed to access this app"} {
		t.Run("outcome "+outcome, func(t *testing.T) {
			t.Parallel()
			w := newCallbackWorld(t, partner)
			b := w.browser()
			b.Open("/deep?q=1")
			away := w.exit(b, "redirect-idp")
			w.expectUnlogged(away)
			if u, _ := url.Parse(away); strings.Contains(b.Last.Body, u.Query().Get("stateToken")) || !strings.HasPrefix(away, w.org.URL+"/sso/idps/") {
				t.Errorf("the exit leads to %s", u.Path)
			}
			w.arrive(b, w.atProvider(away, url.Values{"login": {ada}, "outcome": {outcome}}))
			if b.URL != w.site.URL+"/deep?q=1" || !strings.Contains(b.Last.Body, want) {
				t.Errorf("ended at %s: %d, page %v", b.URL, b.Last.Status, b.Page)
			}
		})
	}
}

// A link of ours that another site shows leads nowhere but back: a visit that its
// user did not ask for does not begin.
func TestForeignLinksToExits(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, partner)
	b := w.browser()
	b.Open("/")
	var link string
	for _, href := range b.Page.Links {
		if strings.HasPrefix(href, "/.okta/leave/redirect-idp") {
			link = href
		}
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"}} {
		if got := b.Get(link, append(slices.Clone(navigation), headers...)...); got.Header.Get("Location") != "/" {
			t.Errorf("%v: leads to %q", headers, got.Header.Get("Location"))
		}
	}
	if got := b.Get(strings.Replace(link, "return=%2F", "return=https%3A%2F%2Fevil.example", 1)+"x", append(slices.Clone(navigation), "Sec-Fetch-Site: cross-site")...); got.Header.Get("Location") != "/" {
		t.Errorf("a return address of one's own leads to %q", got.Header.Get("Location"))
	}
}

// Who signs in at a provider in the attacker's sign-in does not end up in it, and
// nobody's sign-in is finished by a link (login CSRF).
func TestLoginCSRFByCallback(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, partner)
	attacker := w.browser()
	attacker.Open("/")
	address := w.atProvider(w.exit(attacker, "redirect-idp"), url.Values{"login": {ada}})
	victim := w.browser()
	victim.Open("/")
	w.org.ResetCalls()
	w.arrive(victim, address)
	if victim.SignedIn("/") || w.org.Calls()["token"] > 0 {
		t.Error("the victim is signed in as the attacker")
	}
	w.arrive(attacker, address)
	if !attacker.SignedIn("/") {
		t.Error("where it began, it does not end well")
	}
}

// A link of a recovery mail does nothing by itself; after "Continue" it leads to
// the new password, for a browser that is signed in as somebody else too.
func TestRecoveryLink(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, oktasim.Policy{})
	w.org.call(http.MethodPost, "/send", map[string]string{"login": ada, "kind": "recovery"}, nil)
	b := w.browser()
	b.SignIn("/", "grace@example.com", "navy-compiler-1952")
	w.org.ResetCalls()
	w.arrive(b, w.mailedTo(ada))
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("the link alone calls %v", calls)
	}
	var form *Form
	for _, f := range b.Page.Forms {
		if f.Action == "/.okta/callback" {
			form = f
		}
	}
	if form == nil {
		t.Fatalf("page %q has no way on", b.Page.Heading)
	}
	b.follow(b.Post(form.Action, form.Fill()))
	if b.Page == nil || b.Page.Form("reset-authenticator") == nil || !strings.Contains(b.Last.Body, ada) {
		t.Fatalf("after Continue: %d %v", b.Last.Status, b.Page)
	}
	const fresh = "Another passw0rd of mine"
	b.Submit("reset-authenticator", "credentials/passcode", fresh, "/confirm", fresh)
	if !b.SignedIn("/") {
		t.Errorf("after the new password: %v", b.Page)
	}
	w.browser().SignIn("/", ada, fresh)
}

// A page that waits is asked by its script, and learns that it is over.
func TestPollOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("first_page", "email")
	b := w.browser()
	w.atMail(b)
	form := b.Form("poll")
	look := func() *Answer {
		req := b.Post(form.Action, form.Fill())
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Sec-Fetch-Mode", "cors")
		req.Header.Set("Sec-Fetch-Dest", "empty")
		return b.Do(req)
	}
	got := look()
	if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "application/json" || !strings.Contains(got.Body, `"mark":"`) || !strings.Contains(got.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("a look: %d %s", got.Status, got.Body)
	}
	resp, err := http.PostForm(w.org.Mailbox(ada)[0].Link, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	b.Submit("poll")
	if !b.SignedIn("/deep?q=1") {
		t.Error("after the link the button does not sign in")
	}
}

// Where something is wrong with the server itself, the token of a link is still in
// no log: it is unused, and good for the account.
func TestCallbackWhereNothingWorks(t *testing.T) {
	t.Parallel()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// No key, and no place to keep one.
	w.site = StartSite(t, "{\nstorage file_system "+filepath.Join(blocked, "storage")+"\n}\n"+
		SiteBlock("http://localhost:{$PORT}", "log", GateBlock(w.org), "reverse_proxy "+w.echo.Addr))
	b := w.browser()
	for _, path := range []string{"/.okta/callback?recovery_token=canary-of-a-link", "/.okta/leave/redirect-idp?choice=canary-of-a-link", "/.okta/callback?otp=canary-of-a-link&state=s"} {
		for _, method := range []string{"GET", "POST", "PUT", "OPTIONS", "DELETE", "HEAD"} {
			if got := b.Do(b.Request(method, path, "", navigation...)); got.Status < 400 {
				t.Errorf("%s %s: %d", method, path, got.Status)
			}
		}
	}
	if strings.Contains(w.site.Log.String(), "canary-of-a-link") {
		t.Error("the log holds the token")
	}
	if len(w.site.Log.Find("request refused because of a fault")) == 0 {
		t.Error("the log does not say what is wrong")
	}
}

// A link to the callback, on whatever site, signs nobody out.
func TestLinksSignNobodyOut(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t, oktasim.Policy{})
	b := w.signedIn()
	for _, path := range []string{"callback?recovery_token=abcdefgh", "callback?otp=123456&state=x", "callback?error=access_denied", "callback", "leave/redirect-idp?choice=x", "leave/continue-at-okta"} {
		b.Open("/.okta/" + path)
		if !b.SignedIn("/") {
			t.Fatalf("%s signs out", path)
		}
	}
}
