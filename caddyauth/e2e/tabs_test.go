package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// tabs opens that many tabs of one browser, each with an address of its own.
func (w *world) tabs(n int) []*Browser {
	w.Helper()
	first := w.browser()
	var all []*Browser
	for i := range n {
		one := *first
		one.Open(tabAddress(i))
		all = append(all, &one)
	}
	return all
}

func tabAddress(n int) string { return fmt.Sprintf("/tab/%d?n=%d", n, n) }

// landed fails the test unless the tab shows the application at its address.
func (w *world) landed(tab *Browser, target, login string) {
	w.Helper()
	if tab.URL != w.site.URL+target || !strings.Contains(tab.Last.Body, UpstreamMark) || toldUser(tab.Last) != login {
		w.Errorf("instead of %s for %s the tab shows %s: %d, %q, %q", target, login, tab.URL, tab.Last.Status, toldUser(tab.Last), tab.History)
	}
}

// Two tabs or five, opened before anybody has signed in: one signs in, and the
// others go on with what they show, each to its own address, at no cost.
func TestTabsGoOnWhenOneHasSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword)
	for _, n := range []int{2, 5} {
		w.org.ResetCalls()
		all := w.tabs(n)
		w.expectCalls(map[string]int{"interact": 1, "introspect": 1})
		all[n/2].Submit("identify", credentials()...)
		w.landed(all[n/2], tabAddress(n/2), ada)
		w.expectCalls(map[string]int{"identify": 1, "token": 1})
		for i, tab := range all {
			if i == n/2 {
				continue
			}
			switch i % 3 {
			case 0:
				tab.Submit("identify", credentials()...)
			case 1:
				tab.Submit("identify", "identifier", grace, "credentials/passcode", "wrong") // too late to matter
			default:
				tab.Reload()
			}
			w.landed(tab, tabAddress(i), ada)
		}
		w.expectCalls(map[string]int{})
	}
}

// With more than one step, a tab that is behind catches up: what it posts is not
// taken for an answer to another question, and it shows the current step.
func TestTabsThatAreBehindCatchUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page", "email")
	all := w.tabs(5)
	all[0].Submit("identify", "identifier", ada)
	w.org.ResetCalls()

	all[1].Submit("identify", "identifier", grace)
	if all[1].Page.Heading != all[0].Page.Heading || all[1].URL != w.site.URL+tabAddress(1) {
		t.Errorf("a tab that is behind shows %q at %s", all[1].Page.Heading, all[1].URL)
	}
	w.expectCalls(map[string]int{})
	all[1].Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	w.org.ResetCalls()

	// The password's form and the code's have one name. A password is not
	// posted as a code.
	all[0].Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	w.expectCalls(map[string]int{})
	all[0].Submit("select-authenticator-authenticate")
	w.org.ResetCalls()
	stale := all[2].Form("identify")
	all[2].follow(all[2].Post("/.okta/signin/challenge-authenticator", stale.Fill("credentials/passcode", adaPassword)))
	if calls := w.org.Calls(); len(calls) > 0 {
		t.Errorf("a form of another step was sent to Okta: %v", calls)
	}
	all[2].Open(tabAddress(2))
	all[2].Submit("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
	w.landed(all[2], tabAddress(2), ada)
	for i := range all {
		if i == 2 {
			continue
		}
		form := all[i].Page.Forms[0]
		all[i].follow(all[i].Post(form.Action, form.Fill("credentials/passcode", "123456")))
		w.landed(all[i], tabAddress(i), ada)
	}
}

// A browser that restores its tabs asks for all of them at once, before it has a
// cookie: each answer begins a sign-in, and the last cookie stays. A post from
// another tab is not taken, but who it was for is kept, and the page says why.
func TestTabsOpenedAtOnceBeforeAnyCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost, kept := w.browser(), w.browser()
	lost.Open(tabAddress(0))
	kept.Open(tabAddress(1))
	lost.Jar.Take(mustParse(w.site.URL), kept.Last.Header)
	kept.Jar = lost.Jar
	w.org.ResetCalls()

	lost.Submit("identify", credentials()...)
	if len(w.org.Calls()) > 0 {
		t.Errorf("a form of another sign-in was sent to Okta: %v", w.org.Calls())
	}
	if lost.URL != w.site.URL+tabAddress(0) || lost.Form("identify").Value("identifier") != ada || len(lost.Page.Messages) != 1 || !lost.Page.Says("out of date") {
		t.Errorf("the tab shows %s, name %q, messages %v", lost.URL, lost.Form("identify").Value("identifier"), lost.Page.Messages)
	}
	if strings.Contains(lost.Last.Body, adaPassword) {
		t.Error("the page repeats the password")
	}
	lost.Submit("identify", "credentials/passcode", adaPassword)
	w.landed(lost, tabAddress(0), ada)
	kept.Submit("identify", credentials()...)
	w.landed(kept, tabAddress(1), ada)
}

// Signed out in one tab, an old form in another: nothing of it is lost on Okta,
// and the tab shows a sign-in that works, at its own address.
func TestOldFormAfterSignOutInAnotherTab(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.tabs(3)
	all[0].Submit("identify", credentials()...)
	question := *all[0]
	question.Open("/.okta/signout")
	all[0].signOut("/.okta/signout")
	w.org.ResetCalls()

	all[1].Submit("identify", credentials()...)
	if all[1].URL != w.site.URL+tabAddress(1) || all[1].Form("identify").Value("identifier") != ada || len(all[1].Page.Messages) == 0 {
		t.Errorf("the old form leads to %s, messages %v", all[1].URL, all[1].Page.Messages)
	}
	if n := w.org.Calls()["identify"]; n > 0 {
		t.Error("the old form was sent to Okta")
	}
	all[1].Submit("identify", "credentials/passcode", adaPassword)
	w.landed(all[1], tabAddress(1), ada)

	// A question of before, answered now, does not end the new session unasked.
	form := question.Page.Forms[0]
	question.follow(question.Post(form.Action, form.Fill()))
	if !all[1].SignedIn("/") {
		t.Error("the sign-out form of an earlier session ended this one")
	}
	all[2].Submit("identify", credentials()...)
	w.landed(all[2], tabAddress(2), ada)
}

// A form from yesterday: Okta has forgotten the sign-in, and so has the browser
// closed since, or not.
//
// Rows: S-22.
func TestS22_FormFromYesterday(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, restarted := range []bool{false, true} {
		b := w.browser()
		b.Open("/old?x=1")
		w.org.Expire()
		if restarted { // session cookies are gone, the device's stays
			b.Jar.Drop("_signin")
		}
		b.Submit("identify", credentials()...)
		if b.URL != w.site.URL+"/old?x=1" || len(b.Page.Messages) != 1 || b.Form("identify").Value("identifier") != ada {
			t.Errorf("browser restarted %v: %s, messages %v", restarted, b.URL, b.Page.Messages)
		}
		b.Submit("identify", "credentials/passcode", adaPassword)
		w.landed(b, "/old?x=1", ada)
	}
}

// Back, at every step, and the form there posted again: the current step shows,
// Okta hears nothing, and the sign-in can be finished.
func TestBackToAnEarlierStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page", "email")
	b := w.browser()
	b.Open("/back?x=1")
	var passed []*Form
	step := func(form string, values ...string) {
		t.Helper()
		passed = append(passed, b.Form(form))
		b.Submit(form, values...)
		if b.Page == nil {
			return
		}
		heading := b.Page.Heading
		for _, old := range passed {
			w.org.ResetCalls()
			b.follow(b.Post(old.Action, old.Fill("identifier", grace, "credentials/passcode", "of another step")))
			if b.Page == nil || b.Page.Heading != heading || b.URL != w.site.URL+"/back?x=1" {
				t.Fatalf("at %q, the form %s of before leads to %s %d", heading, old.Remediation, b.URL, b.Last.Status)
			}
			if calls := w.org.Calls(); len(calls) > 0 {
				t.Errorf("at %q, the form %s of before was sent to Okta: %v", heading, old.Remediation, calls)
			}
		}
	}
	step("identify", "identifier", ada)
	step("challenge-authenticator", "credentials/passcode", adaPassword)
	step("select-authenticator-authenticate")
	step("challenge-authenticator", "credentials/passcode", w.org.Code(ada))
	w.landed(b, "/back?x=1", ada)
	for _, old := range passed { // and back from the application
		b.follow(b.Post(old.Action, old.Fill("identifier", grace)))
		w.landed(b, "/back?x=1", ada)
	}
}

// A bookmark of the address that a form posts to leads to a page, not to an
// error, and posts nothing.
func TestBookmarkOfAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.org.Policy("second_page")
	in := w.browser()
	in.Open("/")
	in.Submit("identify", "identifier", ada)
	in.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
	half := w.browser()
	half.Open("/half")
	half.Submit("identify", "identifier", ada)
	for _, path := range []string{"/.okta/signin/identify", "/.okta/signin/challenge-authenticator", "/.okta/signin/cancel", "/.okta/signin/no-such-step", "/.okta/signin/", "/.okta/signin", "/.okta/signin/identify?identifier=eve"} {
		w.org.ResetCalls()
		fresh := w.browser()
		fresh.Open(path)
		if fresh.Last.Status != http.StatusUnauthorized || fresh.Page == nil || fresh.Page.Form("identify") == nil || fresh.Form("identify").Value("identifier") != "" {
			t.Errorf("%s: %s %d", path, fresh.URL, fresh.Last.Status)
		}
		fresh.Submit("identify", "identifier", ada)
		fresh.Submit("challenge-authenticator", "credentials/passcode", adaPassword)
		w.landed(fresh, "/", ada)

		w.org.ResetCalls()
		half.Open(path)
		if half.Page == nil || half.Page.Form("challenge-authenticator") == nil {
			t.Errorf("%s, half signed in: %s %d", path, half.URL, half.Last.Status)
		}
		in.Open(path)
		w.landed(in, "/", ada)
		if calls := w.org.Calls(); len(calls) > 0 {
			t.Errorf("%s: calls %v", path, calls)
		}
	}
	// The bookmarked address is no place that a sign-in leads back to.
	if slices.ContainsFunc(w.echo.Requests(), func(r EchoRequest) bool { return strings.Contains(r.Target(), ".okta") }) {
		t.Error("the application was asked for an address of ours")
	}
}

// A double click posts a form twice with the same cookies. Browsers take the
// answers in any order, and the user is signed in after both.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().SignIn("/warm-up", ada, adaPassword)
	for _, swapped := range []bool{false, true} {
		w.org.ResetCalls()
		b := w.browser()
		b.Open("/double?x=1")
		form, answers := b.Form("identify"), make([]*Answer, 2)
		for i := range answers {
			click := *b
			click.Jar = b.Jar.Copy()
			answers[i] = click.Do(click.Post(form.Action, form.Fill(credentials()...)))
			if answers[i].Status != http.StatusSeeOther || answers[i].Header.Get("Location") != "/double?x=1" {
				t.Errorf("%d to %q", answers[i].Status, answers[i].Header.Get("Location"))
			}
		}
		if swapped {
			slices.Reverse(answers)
		}
		for _, answer := range answers {
			b.Jar.Take(mustParse(w.site.URL), answer.Header)
		}
		w.expectCalls(map[string]int{"interact": 1, "introspect": 1, "identify": 1, "token": 1})
		b.Open("/double?x=1")
		w.landed(b, "/double?x=1", ada)
	}
}
