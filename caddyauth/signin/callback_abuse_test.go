package signin

import (
	"net/url"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// A parameter that is there twice is read by one program this way and by another
// that way. Here it is not there at all: what stands beside the right state, or
// the right code, is never taken for it.
//
// Rows: mod_auth_openidc 2026-08-12.
func TestModAuthOpenIDC_2026_08_12_CallbackParametersTwice(t *testing.T) {
	w := withCallbacks(t, withIDP)
	for name, change := range map[string]func(url.Values){
		"the state, wrong last":  func(q url.Values) { q.Add("state", "wrong") },
		"the state, wrong first": func(q url.Values) { q["state"] = append([]string{"wrong"}, q["state"]...) },
		"the state, the same":    func(q url.Values) { q.Add("state", q.Get("state")) },
		"the code":               func(q url.Values) { q.Add("interaction_code", "other") },
		"the code, the same":     func(q url.Values) { q.Add("interaction_code", q.Get("interaction_code")) },
	} {
		b := w.browser()
		b.open()
		u, err := url.Parse(b.visitIDP(url.Values{"login": {ada.Login}}))
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		change(query)
		w.calls()
		v := b.visit()
		v.Return = "/"
		if out := b.take(b.flow.Callback(t.Context(), v, query)); out.SignedIn != nil || out.Page != nil {
			t.Errorf("%s twice: %s", name, out.Reason)
		}
		if calls := w.calls(); len(calls) > 0 {
			t.Errorf("%s twice: calls %v", name, calls)
		}
	}
}

// The attacker asks for a code for their own account, and gets the victim, who
// waits for one too, to follow the attacker's link. The victim's sign-in must not
// be answered with it, nor end up as the attacker's.
//
// Rows: S-20.
func TestS20_MailedLinkOfAnotherSignIn(t *testing.T) {
	grace := oktasim.DemoUsers()[1]
	w, _ := atMailWithCallback(t) // the attacker's; the newest mail is its own
	link := w.mailedLink(ada.Login)
	victim := w.browser()
	victim.open()
	victim.submit("identify", "identifier", grace.Login, "credentials/passcode", grace.Password)
	victim.submit("select-authenticator-authenticate")
	w.calls()
	if out := victim.arrive(link); out.SignedIn != nil || out.Reason != ReasonElsewhere {
		t.Fatalf("%s to %q", out.Reason, out.Redirect)
	}
	victim.landed()
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
	victim.open()
	if victim.page.User != grace.Login {
		t.Errorf("the victim goes on as %q", victim.page.User)
	}
	if out := victim.submit("challenge-authenticator", "credentials/passcode", w.code(grace.Login)); out.SignedIn == nil || out.SignedIn.Claims.Text("preferred_username") != grace.Login {
		t.Errorf("the victim's own sign-in does not end well: %s", victim.texts())
	}
}

// The address that a provider sent the browser to is opened again: from the
// history, by a second click, with the cookie of before. The code is redeemed
// once.
//
// Rows: S-21.
func TestS21_CallbackTwice(t *testing.T) {
	w := withCallbacks(t, withIDP)
	b := w.browser()
	b.open()
	address := b.visitIDP(url.Values{"login": {ada.Login}})
	before := b.cookie
	w.calls()
	if out := b.arrive(address); out.SignedIn == nil {
		t.Fatalf("%s: %v", out.Reason, out.Err)
	}
	b.cookie = before
	if out := b.arrive(address); out.SignedIn != nil || out.Redirect != b.at {
		t.Errorf("with the cookie of before: %s to %q", out.Reason, out.Redirect)
	}
	b.cookie = ""
	if out := b.arrive(address); out.SignedIn != nil {
		t.Errorf("without a cookie: %s", out.Reason)
	}
	if calls := w.calls(); calls["token"] != 1 {
		t.Errorf("calls %v", calls)
	}
}

// Somebody who can have a page of another site post a form, or guesses, follows a
// mailed link for the victim: with another browser's token, with that of an
// earlier link, with none. The form of one link is good for that link.
//
// Rows: S-38.
func TestS38_ForgedLandings(t *testing.T) {
	w := withCallbacks(t, oktasim.Policy{})
	land := func(b *browser, token string) url.Values {
		v := b.visit()
		v.Return = "/"
		b.take(b.flow.Callback(t.Context(), v, url.Values{"recovery_token": {token}}))
		return filled(b.landed().Page.Form)
	}
	victim, attacker := w.browser(), w.browser()
	earlier, foreign := land(victim, "first"), land(attacker, "second")
	own := land(victim, "second")
	w.calls()
	for name, posted := range map[string]url.Values{
		"of another browser": foreign, "of an earlier link": earlier, "without a token": {},
		"twice": {tokenInput: {own.Get(tokenInput), own.Get(tokenInput)}},
	} {
		v := victim.visit()
		v.Return, v.Posted = "/", posted
		if out := victim.flow.Follow(t.Context(), v); out.Reason != ReasonStale || out.Transaction != nil {
			t.Errorf("%s: %s", name, out.Reason)
		}
	}
	if calls := w.calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
}
