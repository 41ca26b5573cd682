package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (b *Browser) signOut(target string) *Answer {
	b.t.Helper()
	b.Open(target)
	if b.Page == nil || len(b.Page.Forms) == 0 {
		b.t.Fatalf("%s shows no form: %d", target, b.Last.Status)
	}
	return b.Do(b.Post(b.Page.Forms[0].Action, b.Page.Forms[0].Fill()))
}

// A GET asks, a POST ends: the session here, the refresh token at Okta.
//
// Rows: S-26.
func TestS26_SignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	answer := b.Open("/.okta/signout?return_to=/bye?x=1")
	if answer.Status != http.StatusOK || !strings.Contains(answer.Body, ada) || !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("the question: %d", answer.Status)
	}
	if !b.SignedIn("/") || len(w.org.Calls()) > 0 {
		t.Error("the question ended something")
	}
	answer = b.signOut("/.okta/signout?return_to=/bye?x=1")
	if answer.Status != http.StatusSeeOther || answer.Header.Get("Location") != "/bye?x=1" {
		t.Errorf("signing out: %d to %q", answer.Status, answer.Header.Get("Location"))
	}
	w.expectCalls(map[string]int{"revoke": 1})
	if b.SignedIn("/") || b.Jar.Get("okta_auth") != nil {
		t.Error("still signed in")
	}
	// Without a session there is nothing to confirm, and nothing breaks.
	if got := b.Open("/.okta/signout"); got.Status != http.StatusOK || len(b.Page.Forms) > 0 {
		t.Errorf("signed out already: %d, forms %v", got.Status, b.Page.Remediations())
	}
	b.SignIn("/again", ada, adaPassword)
}

func TestSignOutLeadsToAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	answer := b.signOut("/.okta/signout")
	b.Open(answer.Header.Get("Location"))
	if b.Page == nil || len(b.Page.Forms) > 0 || b.Last.Status >= 400 {
		t.Errorf("after signing out: %s %d", b.URL, b.Last.Status)
	}
}

// A copy of the cookie, taken before, is worth nothing after.
//
// Rows: ToB-9, S-26.
func TestToB9_CopiedSessionAfterSignOut(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"http": newWorld(t), "https": newSecureWorld(t)} {
		b := w.signedIn()
		copied := w.browser()
		copied.Jar = b.Jar.Copy()
		b.signOut("/.okta/signout")
		if copied.SignedIn("/") {
			t.Errorf("%s: a copy of the session is still signed in", name)
		}
	}
}

// Another site cannot sign anybody out, nor can a page of an earlier session.
//
// Rows: S-27.
func TestS27_SignOutIsNotForgeable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.signedIn()
	b.Open("/.okta/signout")
	good := b.Page.Forms[0].Fill()
	for what, change := range map[string]func(*http.Request){
		"cross-site": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
		},
		"same-site": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-site")
			r.Header.Set("Origin", "http://other.localhost")
		},
		"null":                     func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"sibling without metadata": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "http://localhost:1") },
	} {
		req := b.Post("/.okta/signout", good)
		change(req)
		b.Do(req)
		if !b.SignedIn("/") {
			t.Fatalf("%s: signed out", what)
		}
	}
	for what, posted := range map[string]url.Values{"no token": {"/return": {"/"}}, "another token": {"/token": {"x"}}, "nothing": {}} {
		req := b.Post("/.okta/signout", posted)
		req.Header.Del("Origin")
		req.Header.Del("Sec-Fetch-Site")
		b.Do(req)
		if !b.SignedIn("/") {
			t.Fatalf("%s: signed out", what)
		}
	}
	other := w.signedIn()
	other.Open("/.okta/signout")
	b.Do(b.Post("/.okta/signout", other.Page.Forms[0].Fill()))
	if !b.SignedIn("/") {
		t.Error("the form of another session of the same user signs out")
	}
	if calls := w.org.Calls(); len(calls) > 0 && calls["revoke"] > 0 {
		t.Errorf("the org was called: %v", calls)
	}
}

// Okta being down keeps nobody signed in.
//
// Rows: S-26.
func TestS26_SignOutWhileOktaIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, fault := range []Fault{{Status: 500, Body: "oops"}, {Status: 429, Body: "{}"}, {Body: "<html>"}, {Status: 302, Headers: map[string]string{"Location": "https://evil.example"}}} {
		b := w.signedIn()
		copied := b.Jar.Copy()
		fault.Endpoint = "revoke"
		w.org.Faults(fault)
		if answer := b.signOut("/.okta/signout?return_to=/bye"); answer.Header.Get("Location") != "/bye" {
			t.Errorf("%d: %d to %q", fault.Status, answer.Status, answer.Header.Get("Location"))
		}
		if b.SignedIn("/") {
			t.Errorf("%d: still signed in", fault.Status)
		}
		if b.Jar = copied; b.SignedIn("/") {
			t.Errorf("%d: a copy of the session is still signed in", fault.Status)
		}
		w.org.Faults()
	}
}
