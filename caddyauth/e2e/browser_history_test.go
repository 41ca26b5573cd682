package e2e

import (
	"testing"
)

// expectAnswers fails the test when the org was told something else than once
// what was submitted once.
func (w *world) expectAnswers(identify, answers int) {
	w.Helper()
	calls := w.org.Calls()
	if calls["identify"] != identify || calls["challenge/answer"] != answers {
		w.Errorf("the org was told a name %d times and %d answers, want %d and %d", calls["identify"], calls["challenge/answer"], identify, answers)
	}
}

func reloadPostsNothing(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.Policy("second_page", "email")
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.reload()
		p.shows("Sign in")
		p.submit("identify", "identifier", ada)
		p.reload()
		p.shows("Enter your password")
		w.expectAnswers(1, 0)
		p.submit("challenge-authenticator", "credentials/passcode", "wrong")
		p.reload()
		p.shows("Enter your password")
		w.expectAnswers(1, 1)
		p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
		p.reload()
		p.shows("Verify it’s you")
		p.submit("select-authenticator-authenticate")
		p.reload()
		p.shows("Check your e-mail")
		w.expectAnswers(1, 2)
		if mail := w.org.Mailbox(ada); len(mail) != 1 {
			t.Errorf("a reload sent the code again: %d mails", len(mail))
		}
		p.submit("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
		p.reload()
		p.inside(ada)
		p.at(deep)
		w.expectAnswers(1, 3)
		if n := w.org.Calls()["token"]; n != 1 {
			t.Errorf("%d token calls", n)
		}
	})
}

// The way back through the steps shows the step that the sign-in is at, and no
// form of an earlier step does harm.
func backAndForward(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.Policy("second_page")
		p := c.open(t, w.site, script)
		p.visit("/before")
		p.visit(deep)
		p.submit("identify", "identifier", ada)
		p.shows("Enter your password")
		p.back()
		p.shows("Enter your password")
		p.forward()
		p.shows("Enter your password")
		p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
		p.inside(ada)
		p.at(deep)
		p.back()
		p.inside(ada)
		p.forward()
		p.inside(ada)
		w.expectAnswers(1, 1)
	})
}

// An impatient user: the second click comes while Okta still thinks about the
// first. Without script the browser gives the first post up and sends another;
// that has to end in the application too.
func doubleClick(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		p := c.open(t, w.site, script)
		p.visit(deep)
		w.org.ResetCalls()
		w.org.Faults(Fault{Endpoint: "identify", DelayMS: 2000, Times: 1}) // longer than a busy browser needs for two clicks
		p.fill("identifier", ada)
		p.fill("credentials/passcode", adaPassword)
		x, y := p.middle(button("identify"))
		p.load(func() {
			p.clickAt(x, y, 1)
			p.clickAt(x, y, 2)
		})
		p.inside(ada)
		p.at(deep)
		if n := w.org.Calls()["token"]; n != 1 {
			t.Errorf("%d token calls", n)
		}
		if script {
			w.expectAnswers(1, 0)
		}
	})
}

// Two tabs wait at the sign-in page: the one that comes second finds itself
// signed in, at its own address.
func twoTabs(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		p := c.open(t, w.site, script)
		p.visit("/first?a=1#section")
		q := p.another()
		q.visit("/second?b=2#section")
		q.shows("Sign in")
		p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
		p.inside(ada)
		p.at("/first?a=1#section")
		q.submit("identify", "identifier", grace, "credentials/passcode", "whatever")
		q.inside(ada)
		q.at("/second?b=2#section")
		w.expectAnswers(1, 0)
	})
}

func signOut(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		p := c.open(t, w.site, script)
		p.signInAs(deep, ada, adaPassword)
		p.visit("/.okta/signout")
		p.shows("Sign out?")
		p.load(func() { p.click(`form button[type=submit]`) })
		p.shows("You are signed out")
		p.at("/.okta/signout")
		p.back() // to the question, asked before
		if p.heading() == "Sign out?" {
			p.reload()
		}
		p.shows("You are signed out")
		p.visit(deep)
		p.shows("Sign in")
		if w.org.Calls()["revoke"] != 1 {
			t.Errorf("the refresh token was revoked %d times", w.org.Calls()["revoke"])
		}
	})
}
