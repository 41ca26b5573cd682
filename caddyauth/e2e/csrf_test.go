package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// credentials for the first page.
func credentials() []string {
	return []string{"identifier", ada, "credentials/passcode", adaPassword}
}

// Of all that a post can say of where it comes from, only this origin with this
// browser's token signs anybody in. Browsers that say nothing are left to the
// token.
//
// Rows: S-38, CVE-2025-47910, ToB #274.
func TestS38_PostsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.browser()
	other.Open("/")
	stale := w.browser()
	stale.Open("/")
	staleToken := stale.Form("identify").Value("/token")

	origins := map[string]string{"same": w.site.URL, "sibling": "http://sibling.localhost", "cross": "https://evil.example", "null": "null", "other port": "http://localhost:1",
		"other scheme": "https" + strings.TrimPrefix(w.site.URL, "http"), "suffix": w.site.URL + ".evil.example", "two": w.site.URL + "\nhttps://evil.example", "absent": ""}
	fetchSites := []string{"same-origin", "same-site", "cross-site", "none", "SAME-ORIGIN", ""}
	tokens := map[string]string{"ok": "", "absent": "-", "empty": "", "other's": other.Form("identify").Value("/token"), "stale": staleToken}

	b := w.browser()
	b.Open("/")
	for originName, origin := range origins {
		for _, fetchSite := range fetchSites {
			for tokenName, token := range tokens {
				allowed := (originName == "same" || originName == "absent") && (fetchSite == "same-origin" || fetchSite == "") && tokenName == "ok"
				posted := b.Form("identify").Fill(credentials()...)
				switch tokenName {
				case "ok":
				case "absent":
					posted.Del("/token")
				default:
					posted.Set("/token", token)
				}
				req := b.Post("/.okta/signin/identify", posted)
				req.Header.Del("Origin")
				req.Header.Del("Sec-Fetch-Site")
				if origin != "" {
					req.Header["Origin"] = strings.Split(origin, "\n")
				}
				if fetchSite != "" {
					req.Header.Set("Sec-Fetch-Site", fetchSite)
				}
				w.org.ResetCalls()
				answer := b.Do(req)
				what := fmt.Sprintf("Origin %s, Sec-Fetch-Site %q, token %s", originName, fetchSite, tokenName)
				if in := b.SignedIn("/"); in != allowed {
					t.Errorf("%s: signed in %v, answer %d", what, in, answer.Status)
				}
				if calls := w.org.Calls(); !allowed && len(calls) > 0 {
					t.Errorf("%s: the org was called: %v", what, calls)
				}
				if answer.Status >= 500 {
					t.Errorf("%s: %d", what, answer.Status)
				}
				if allowed { // again with a new sign-in
					b = w.browser()
					b.Open("/")
				}
			}
		}
	}
}

// Login CSRF: a sign-in belongs to the browser that began it. The victim never
// ends up signed in as the attacker, nor the attacker as the victim.
//
// Rows: S-20.
func TestS20_SignInOfAnotherBrowserIsNeverFinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker := func() *Browser { b := w.browser(); b.Open("/"); return b }
	graces := []string{"identifier", grace, "credentials/passcode", gracePassword}

	for name, jar := range map[string]func(a, victim *Browser) *Jar{
		"the victim's cookies":           func(_, victim *Browser) *Jar { return victim.Jar },
		"no cookies":                     func(_, _ *Browser) *Jar { return &Jar{} },
		"the attacker's device only":     func(a, _ *Browser) *Jar { j := a.Jar.Copy(); j.Drop("_signin"); return j },
		"another attacker's transaction": func(_, _ *Browser) *Jar { return attacker().Jar.Copy() },
	} {
		a, victim := attacker(), attacker()
		form := a.Form("identify").Fill(graces...)
		victim.Jar = jar(a, victim)
		victim.Do(victim.Post("/.okta/signin/identify", form))
		if victim.SignedIn("/") {
			t.Errorf("with %s, the attacker's form signs the victim in", name)
		}
		if a.SignedIn("/") {
			t.Errorf("with %s, finishing it elsewhere signs the attacker in", name)
		}
	}

	// The attacker plants their finished transaction (cookie tossing), and sends
	// the victim a page that posts for them: the post is another origin's.
	a, victim := attacker(), w.browser()
	victim.Jar = a.Jar.Copy()
	req := victim.Post("/.okta/signin/identify", a.Form("identify").Fill(graces...))
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	victim.Do(req)
	if victim.SignedIn("/") {
		t.Error("a post from another site signs the victim in as the attacker")
	}

	// The victim signs in within a transaction that the attacker planted: the
	// attacker, who has a copy, gains nothing.
	w.org.Policy("second_page")
	a = attacker()
	victim = w.browser()
	victim.Jar = a.Jar.Copy()
	victim.Open("/")
	victim.Submit("identify", "identifier", ada)
	victim.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	a.Open("/")
	if a.SignedIn("/") || strings.Contains(a.Last.Body, UpstreamMark) {
		t.Error("the attacker is signed in as the victim")
	}
}

// A form works once, however often and however fast it is posted.
//
// Rows: S-21.
func TestS21_ReplayedForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword)
	b := w.browser()
	b.Open("/")
	jar, form := b.Jar.Copy(), b.Form("identify").Fill(credentials()...)
	w.org.ResetCalls()

	var together sync.WaitGroup
	tabs := make([]*Browser, 8)
	for i := range tabs {
		tabs[i] = w.browser()
		tabs[i].Jar = jar.Copy()
		together.Go(func() { tabs[i].Do(tabs[i].Post("/.okta/signin/identify", form)) })
	}
	together.Wait()
	in := 0
	for _, tab := range tabs {
		if tab.SignedIn("/") {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d of %d parallel posts of one form signed in", in, len(tabs))
	}
	w.expectCalls(map[string]int{"identify": 1, "token": 1})

	// A copy of the cookie and the form, after the sign-in: worth nothing.
	late := w.browser()
	late.Jar = jar.Copy()
	late.Do(late.Post("/.okta/signin/identify", form))
	if late.SignedIn("/") {
		t.Error("a replay signs in")
	}
}

// Two tabs, one sign-in: the other tab just continues.
func TestSecondTabContinues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/one")
	one := b.Form("identify").Fill(credentials()...)
	b.Open("/two")
	b.Submit("identify", credentials()...)
	if b.URL != w.site.URL+"/two" {
		t.Errorf("the second tab ended at %q", b.URL)
	}
	w.org.ResetCalls()
	b.follow(b.Post("/.okta/signin/identify", one))
	if b.URL != w.site.URL+"/one" || !strings.Contains(b.Last.Body, UpstreamMark) || len(w.org.Calls()) > 0 {
		t.Errorf("the first tab ended at %q: %d, calls %v", b.URL, b.Last.Status, w.org.Calls())
	}
}

// Parameter pollution: a field that is there twice is read by one program this
// way and by another that way. Nothing of such a post is used.
//
// Rows: mod_auth_openidc 2026-08-12.
func TestModAuthOpenIDC_2026_08_12_FieldsThatAreThereTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/")
	good := b.Form("identify").Fill(credentials()...)
	w.org.ResetCalls()
	post := func(target, body string) int {
		req := b.Post(target, nil)
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		return b.Do(req).Status
	}
	for name, values := range good {
		if len(values) == 0 {
			continue
		}
		// Some fields of Okta's take several values; what these take is judged
		// where they are read, and the step is shown again.
		want := http.StatusBadRequest
		if !strings.HasPrefix(name, "/") {
			want = http.StatusSeeOther
		}
		if got := post("/.okta/signin/identify", good.Encode()+"&"+url.Values{name: {"x"}}.Encode()); got != want {
			t.Errorf("%s twice: %d", name, got)
		}
		if got := post("/.okta/signin/identify?"+url.Values{name: {"x"}}.Encode(), good.Encode()); got != http.StatusBadRequest {
			t.Errorf("%s in the address too: %d", name, got)
		}
	}
	if got := post("/.okta/signin/identify", good.Encode()+";identifier=x"); got >= 500 {
		t.Errorf("a semicolon: %d", got)
	}
	if b.SignedIn("/") || w.org.Calls()["identify"] > 0 {
		t.Error("a polluted form was used")
	}
}

// Bodies that no form sends are refused, and the server lives on.
//
// Rows: CVE-2025-3891, F-25.
func TestCVE_2025_3891_OddBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.Open("/")
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ kind, body string }{
		"nothing at all":       {"", ""},
		"empty form":           {form, ""},
		"no type":              {"", "identifier=ada"},
		"odd type":             {"; charset=", "identifier=ada"},
		"JSON":                 {"application/json", `{"identifier":"ada"}`},
		"text":                 {"text/plain", "identifier=ada"},
		"multipart":            {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"identifier\"\r\n\r\nada\r\n--x--\r\n"},
		"multipart, unbounded": {"multipart/form-data", "--x"},
		"bad percent":          {form, "identifier=%zz&%"},
		"only separators":      {form, "&&==&=&"},
		"NUL":                  {form, "identifier=a%00b&credentials%2Fpasscode=%00"},
		"not UTF-8":            {form, "identifier=%ff%fe"},
		"10,001 fields":        {form, strings.Repeat("a=&", 10_001) + "identifier=ada"},
		"65 KB":                {form, "identifier=" + strings.Repeat("x", 65<<10)},
		"60 KB":                {form, "identifier=" + strings.Repeat("x", 60<<10)},
	} {
		for _, path := range []string{"/.okta/signin/identify", "/.okta/signin/no-such-step", "/.okta/signin/", "/.okta/signin/%00", "/.okta/signout"} {
			req := b.Request("POST", path, c.body)
			if c.kind != "" {
				req.Header.Set("Content-Type", c.kind)
			}
			if got := b.Do(req).Status; got >= 500 {
				t.Errorf("%s to %s: %d", name, path, got)
			}
		}
	}
	for _, path := range []string{"/.okta/signin/identify", "/.okta/signin/", "/.okta/callback", "/.okta/ping"} {
		if got := b.Open(path).Status; got >= 500 {
			t.Errorf("GET %s: %d", path, got)
		}
	}
	// 100 MB: refused long before the end, and never kept.
	conn := w.site.Dial()
	defer conn.Close()
	go func() {
		fmt.Fprintf(conn, "POST /.okta/signin/identify HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\nidentifier=", form, 100<<20)
		chunk := strings.Repeat("x", 64<<10)
		for range 1600 {
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}()
	answer := make([]byte, 12)
	if n, _ := io.ReadFull(conn, answer); n > 9 && answer[9] != '4' {
		t.Errorf("100 MB: %q", answer)
	}
	if b.SignIn("/", ada, adaPassword); !b.SignedIn("/") {
		t.Error("nobody can sign in any more")
	}
}

// GET and HEAD change nothing.
//
// Rows: S-39.
func TestS39_GetChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, pending := w.signedIn(), w.browser()
	pending.Open("/")
	w.org.ResetCalls()
	for _, b := range []*Browser{in, pending} {
		for _, path := range []string{"/.okta/signout", "/.okta/signout?/token=x", "/.okta/signin", "/.okta/signin/cancel", "/.okta/signin/identify?identifier=ada%40example.com&credentials%2Fpasscode=x", "/.okta/"} {
			for _, method := range []string{"GET", "HEAD"} {
				b.Do(b.Request(method, path, "", navigation...))
			}
		}
	}
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("the org was called: %v", calls)
	}
	if !in.SignedIn("/") {
		t.Error("a GET signed somebody out")
	}
	pending.Submit("identify", credentials()...)
	if !pending.SignedIn("/") {
		t.Error("a GET ended a sign-in")
	}
}

// Parameters of a link shaped the request to the identity provider. Ours says
// what it always says, each once.
//
// Rows: mod_auth_openidc 2026-08-07.
func TestModAuthOpenIDC_2026_08_07_LinkDoesNotShapeTheSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().Open("/")
	before := fmt.Sprint(w.org.LastCall("interact")["parameters"])
	w.browser().Open("/?scope=admin&acr_values=x&prompt=none&login_hint=eve&activation_token=t&recovery_token=t&max_age=0&nonce=n&state=s&redirect_uri=https://evil.example")
	if after := fmt.Sprint(w.org.LastCall("interact")["parameters"]); after != before {
		t.Errorf("/interact got %s instead of %s", after, before)
	}
}
