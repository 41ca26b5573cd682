package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expectCalls fails the test when the org was called otherwise since the last
// time, and counts anew.
func (w *world) expectCalls(want map[string]int) {
	w.Helper()
	if diff := cmp.Diff(want, w.org.Calls()); diff != "" {
		w.Errorf("calls to the org (-want +got):\n%s", diff)
	}
	w.org.ResetCalls()
}

// The address that was asked for, its query and the method's safety survive a
// sign-in with the password on the first page, in four calls to Okta.
func TestSignInOnTheFirstPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword) // discovery and keys
	w.org.ResetCalls()
	w.echo.Reset()

	b := w.browser()
	const deep = "/reports/2026?quarter=3&q=a%20b&empty="
	if got := b.Open(deep); got.Status != http.StatusUnauthorized || got.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("first page: %d, WWW-Authenticate %q", got.Status, got.Header.Get("Www-Authenticate"))
	}
	if !strings.Contains(b.Last.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("Cache-Control %q", b.Last.Header.Get("Cache-Control"))
	}
	b.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if b.URL != w.site.URL+deep {
		t.Errorf("ended at %q", b.URL)
	}
	if want := []string{"POST /.okta/signin/identify See Other", "GET " + deep + " OK"}; !slices.Equal(b.History, want) {
		t.Errorf("the way was %q, want %q", b.History, want)
	}
	if got := w.echo.Last(t).Line; got != "GET "+deep+" HTTP/1.1" {
		t.Errorf("the application got %q", got)
	}
	w.expectCalls(map[string]int{"interact": 1, "introspect": 1, "identify": 1, "token": 1})
	b.Reload()
	if len(w.org.Calls()) != 0 {
		t.Error("a signed-in request called the org")
	}
}

func TestSignInOnTheSecondPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword)
	w.org.Policy("second_page")
	w.org.ResetCalls()

	b := w.browser()
	b.Open("/deep/link?q=1")
	if b.Form("identify").Has("credentials/passcode") {
		t.Error("the first page asks for the password")
	}
	if got := b.Submit("identify", "identifier", ada).Status; got != http.StatusOK {
		t.Errorf("a step reached by an accepted answer has status %d", got)
	}
	if b.URL != w.site.URL+"/deep/link?q=1" {
		t.Errorf("the second page is at %q", b.URL)
	}
	b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	if got := w.echo.Last(t).Target(); got != "/deep/link?q=1" {
		t.Errorf("the application got %q", got)
	}
	w.expectCalls(map[string]int{"interact": 1, "introspect": 1, "identify": 1, "challenge/answer": 1, "token": 1})
}

// The org authorization server's ID tokens are thin: without a call to
// userinfo the headers would be empty there.
func TestSignInAtTheOrgAuthorizationServer(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	w := &world{T: t, org: org, echo: echo, site: StartSite(t, Caddyfile(org, echo, "issuer "+org.State().OrgIssuer))}
	w.browser().SignIn("/warm-up", ada, adaPassword)
	w.org.ResetCalls()
	w.browser().SignIn("/", ada, adaPassword)
	w.expectCalls(map[string]int{"interact": 1, "introspect": 1, "identify": 1, "token": 1, "userinfo": 1})
	got := w.echo.Last(t)
	if user, groups := got.Values("X-Forwarded-User"), got.Values("X-Forwarded-Groups"); !slices.Equal(user, []string{ada}) || !slices.Equal(groups, []string{"Everyone,Engineering,Finance"}) {
		t.Errorf("user %q, groups %q", user, groups)
	}
}

func TestSignInOfAPublicClient(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	state := org.State()
	gate := "okta_auth {\n issuer " + state.Issuer + "\n client_id " + state.PublicClientID + "\n}"
	site := StartSite(t, SiteBlock("http://localhost:{$PORT}", gate, "reverse_proxy "+echo.Addr))
	NewBrowser(t, site).SignIn("/", ada, adaPassword)
}

// emailStep signs in up to the code.
func (w *world) emailStep(b *Browser, target string) {
	w.Helper()
	b.Open(target)
	b.Submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if b.Page != nil && b.Page.Form("challenge-authenticator") == nil {
		b.Submit("select-authenticator-authenticate")
	}
	b.Form("challenge-authenticator")
}

func TestSignInWithEmailCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("first_page", "email")
	b := w.browser()
	w.emailStep(b, "/mail?x=1")
	first := w.org.Code(ada)

	b.Submit("resend")
	if mails := w.org.Mailbox(ada); len(mails) != 2 {
		t.Fatalf("%d mails after asking for another", len(mails))
	}
	if b.URL != w.site.URL+"/mail?x=1" || len(b.Page.Messages) == 0 {
		t.Errorf("after asking for another: %s, messages %v", b.URL, b.Page.Messages)
	}
	if second := w.org.Code(ada); second == first {
		t.Error("the second code is the first")
	}

	wrong := "000000"
	if w.org.Code(ada) == wrong {
		wrong = "000001"
	}
	if got := b.Submit("challenge-authenticator", "credentials/passcode", wrong).Status; got != http.StatusUnauthorized {
		t.Errorf("status %d after a wrong code", got)
	}
	if !b.Page.Says("api.authn.error.PASSCODE_INVALID") {
		t.Errorf("after a wrong code: %v", b.Page.Messages)
	}
	b.Submit("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
	if got := w.echo.Last(t).Target(); got != "/mail?x=1" {
		t.Errorf("the application got %q", got)
	}
}

// Rows: S-43.
func TestS43_WrongPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, policy := range []string{"first_page", "second_page"} {
		w.org.Policy(policy)
		b := w.browser()
		b.Open("/deep")
		form := "identify"
		if policy == "second_page" {
			b.Submit("identify", "identifier", ada)
			form = "challenge-authenticator"
		}
		w.org.ResetCalls()
		posted := b.Form(form).Fill("credentials/passcode", "not her password")
		if form == "identify" {
			posted.Set("identifier", ada)
		}
		b.follow(b.Post(b.Form(form).Action, posted))
		if b.Last.Status != http.StatusUnauthorized || !b.Page.Says("errors.E0000004") {
			t.Errorf("%s: %d, messages %v", policy, b.Last.Status, b.Page.Messages)
		}
		if strings.Contains(b.Last.Body, "not her password") {
			t.Error("the page repeats the password")
		}
		if form == "identify" && b.Form(form).Value("identifier") != ada {
			t.Errorf("the page forgot who it was for: %q", b.Form(form).Value("identifier"))
		}
		if n := len(w.org.Calls()); n != 1 {
			t.Errorf("%s: a wrong password cost %v", policy, w.org.Calls())
		}
		b.Reload()
		if n := len(w.org.Calls()); n != 1 {
			t.Error("a reload posted the password again")
		}
		values := []string{"credentials/passcode", adaPassword}
		b.Submit(form, values...)
		if b.Page != nil || b.URL != w.site.URL+"/deep" {
			t.Errorf("%s: the right password after a wrong one: %s %v", policy, b.URL, b.Last.Status)
		}
	}
}

// Post/redirect/get: what a reload sends is a GET, after every kind of answer.
func TestReloadNeverPostsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page", "email")
	b := w.browser()
	b.Open("/")
	check := func() {
		t.Helper()
		if last := b.History[len(b.History)-1]; !strings.HasPrefix(last, "GET / ") {
			t.Errorf("the page was not reached by GET: %q", b.History)
		}
		w.org.ResetCalls()
		before := b.Page.Heading
		b.Reload()
		if calls := w.org.Calls(); len(calls) != 0 || b.Page.Heading != before {
			t.Errorf("a reload called %v and shows %q instead of %q", calls, b.Page.Heading, before)
		}
	}
	check()
	b.Submit("identify", "identifier", ada)
	check()
	b.Submit("challenge-authenticator", "credentials/passcode", "wrong")
	check()
	b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	check()
}

// Rows: S-22, oauth2-proxy #3369.
func TestS22_ExpiredTransactionRestartsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page")
	b := w.browser()
	b.Open("/kept?q=1")
	b.Submit("identify", "identifier", ada)
	w.org.Expire()
	b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	if b.URL != w.site.URL+"/kept?q=1" || b.Page == nil || len(b.Page.Messages) == 0 {
		t.Fatalf("after the sign-in has expired: %s %d", b.URL, b.Last.Status)
	}
	if got := b.Form("identify").Value("identifier"); got != ada {
		t.Errorf("the identifier is %q", got)
	}
	b.Submit("identify")
	b.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	if got := w.echo.Last(t).Target(); got != "/kept?q=1" {
		t.Errorf("the application got %q", got)
	}
}

func TestSwitchUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page")
	b := w.browser()
	b.Open("/kept?q=1")
	b.Submit("identify", "identifier", ada)
	w.org.ResetCalls()
	b.Submit("cancel")
	if got := b.Form("identify").Value("identifier"); got != "" {
		t.Errorf("the page still names %q", got)
	}
	if w.org.Calls()["cancel"] != 1 {
		t.Errorf("calls %v: the org was not told", w.org.Calls())
	}
	b.Submit("identify", "identifier", grace)
	b.Submit("challenge-authenticator", "credentials/passcode", gracePassword)
	if got := w.echo.Last(t); got.Target() != "/kept?q=1" || !slices.Equal(got.Values("X-Forwarded-User"), []string{grace}) {
		t.Errorf("the application got %v", got)
	}
}

// The Okta SDK builds JSON from the password by concatenation and trims it:
// these cannot sign in there, or sign in with another password.
//
// Rows: S-42.
func TestS42_PasswordsByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, password := range []string{
		`p"w`, `p\w`, `C:\new`, `x","rememberMe":"true`, " leading", "trailing ", "\ttab\t", "it's", "<b>&amp;</b>",
		"\U0001F511 \U0001F468\u200d\U0001F469\u200d\U0001F467", "e\u0301 is not \u00e9", "%41+&=;", "{env.HOME}", "{{.}}", "\u2028",
		strings.Repeat("x", 256), "\u202eabc", "null", `{"a":1}`, "a\nb",
	} {
		login := "bytes" + string(rune('a'+i)) + "@example.com"
		w.org.AddUser(user(login, password))
		b := w.browser()
		b.Open("/")
		b.Submit("identify", "identifier", login, "credentials/passcode", password)
		if b.Page != nil {
			t.Errorf("%q: %v", password, b.Page.Messages)
		}
	}
}
