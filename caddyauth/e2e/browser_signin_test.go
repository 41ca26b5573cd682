package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// deep is an address inside an application that people link to. Everything of
// it has to outlive a sign-in, the fragment where script runs.
const deep = "/reports/2026/?quarter=3&q=a%20b+c&empty=#section"

func passwordOnTheFirstPage(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.shows("Sign in")
		p.at(deep)
		p.submit("identify", "identifier", ada, "credentials/passcode", "wrong")
		p.shows("Sign in")
		p.says("errors.E0000004")
		p.at(deep)
		if got := p.value("identifier"); got != ada {
			t.Errorf("after a wrong password the username is %q", got)
		}
		if got := p.value("credentials/passcode"); got != "" {
			t.Errorf("the page gives a password back: %q", got)
		}
		p.submit("identify", "credentials/passcode", adaPassword)
		p.inside(ada)
		p.at(deep)
		if diff := cmp.Diff([]string{"POST /.okta/signin/identify", "POST /.okta/signin/identify"}, p.posts()); diff != "" {
			t.Errorf("posts (-want +got):\n%s", diff)
		}
	})
}

func passwordOnTheSecondPage(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.Policy("second_page")
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.shows("Sign in")
		p.submit("identify", "identifier", "  Grace@example.com")
		p.shows("Enter your password")
		p.at(deep)
		p.submit("challenge-authenticator", "credentials/passcode", "wrong")
		p.shows("Enter your password")
		p.says("errors.E0000004")
		p.at(deep)
		p.submit("challenge-authenticator", "credentials/passcode", gracePassword)
		p.inside(grace)
		p.at(deep)
	})
}

func emailCode(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.Policy("second_page", "email")
		p := c.open(t, w.site, script)
		p.toCode(deep)
		p.at(deep)
		first := w.org.Code(ada)
		p.submit("challenge-authenticator", "credentials/passcode", "000000")
		p.shows("Check your e-mail")
		p.says("Invalid code. Try again.")
		p.at(deep)
		p.submit("resend")
		p.shows("Check your e-mail")
		p.says("We sent it again")
		p.at(deep)
		if mail := w.org.Mailbox(ada); len(mail) != 2 {
			t.Errorf("after \"Send again\" there are %d mails", len(mail))
		} else if mail[0].Code == first {
			t.Log("the second mail has the code of the first")
		}
		p.submit("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
		p.inside(ada)
		p.at(deep)
	})
}

// toCode goes to where the code of an e-mail is asked for.
func (p *tab) toCode(target string) {
	p.Helper()
	p.visit(target)
	p.submit("identify", "identifier", ada)
	p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
	if p.heading() != "Check your e-mail" {
		p.shows("Verify it’s you")
		p.at(target)
		p.submit("select-authenticator-authenticate")
	}
	p.shows("Check your e-mail")
}

func expiredSignIn(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.Policy("second_page")
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.submit("identify", "identifier", ada)
		p.shows("Enter your password")
		w.org.Expire()
		p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
		p.shows("Sign in")
		p.says("idx.session.expired")
		p.at(deep)
		if got := p.value("identifier"); got != ada {
			t.Errorf("after the sign-in expired the username is %q", got)
		}
		p.submit("identify")
		p.submit("challenge-authenticator", "credentials/passcode", adaPassword)
		p.inside(ada)
		p.at(deep)
	})
}

func switchUser(t *testing.T, c *chromium) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.Policy("second_page")
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.submit("identify", "identifier", ada)
		p.shows("Enter your password")
		p.submit("cancel")
		p.shows("Sign in")
		p.at(deep)
		if got := p.value("identifier"); got != "" {
			t.Errorf("after switching user the username is %q", got)
		}
		p.submit("identify", "identifier", grace)
		p.submit("challenge-authenticator", "credentials/passcode", gracePassword)
		p.inside(grace)
		p.at(deep)
	})
}
