package caddyauth

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// A sign-in that keeps beginning again by itself is the worst that a login page
// can do: the user can only watch. It happens when what we give the browser does
// not come back: cookies are refused, a Secure cookie was set over plain http,
// replicas have different keys. So it is counted, and ends on a page that says so.

// maxRestarts in a row, each within restartWindow of the one before.
const (
	maxRestarts   = 3
	restartWindow = 2 * time.Minute
)

// any tells whether the browser sent any cookie of ours. It has one as soon as
// it has seen a page.
func (c cookies) any(r *http.Request) bool {
	for _, cookie := range r.Cookies() {
		for _, own := range c.list {
			if own.Owns(cookie.Name) {
				return true
			}
		}
	}
	return false
}

// cookiesRefused answers a form from a browser that kept no cookie.
func (g *Gate) cookiesRefused(r *http.Request, returnTo string) *signin.Page {
	g.logger.Warn("a browser posted a form without our cookie: it refuses cookies, or it uses another address than public_url",
		append(g.who(r), "reason", "cookie_missing", "cause", g.causeOf(r), "public_url", g.site.origin, "secure_cookies", g.site.secure, "host", r.Host)...)
	return g.stuckPage(r, returnTo)
}

// breakLoop counts how often in a row a sign-in began again by itself, or ended
// well, without a session coming back. The page that would begin it once more is
// then another one.
func (g *Gate) breakLoop(w http.ResponseWriter, r *http.Request, v *signin.Visit, out *signin.Outcome) *signin.Page {
	tries := 0
	for _, value := range g.cookies.tries.Read(r) {
		// Nobody is harmed by a count that a browser makes up.
		if n, err := strconv.Atoi(value); err == nil && n > 0 {
			tries = min(n, maxRestarts)
		}
	}
	switch {
	case out.Reason == signin.ReasonExpired, out.Reason == signin.ReasonSignedIn:
		g.cookies.tries.Write(w.Header(), r, strconv.Itoa(tries+1), restartWindow)
		return nil
	case out.Page == nil || tries < maxRestarts:
		return nil
	}
	g.logger.Error("a sign-in began again several times in a row: what the browser was given did not come back readable; "+
		"see whether all replicas have the same key and clock, and whether browsers use public_url",
		append(g.who(r), "reason", "sign_in_loop", "cause", g.causeOf(r), "public_url", g.site.origin, "secure_cookies", g.site.secure, "host", r.Host)...)
	g.cookies.tries.Clear(w.Header(), r)
	return g.stuckPage(r, v.Return)
}

// arrived ends the count: a session came back. It adds to what sets a cookie.
func (g *Gate) arrived(r *http.Request, setCookie func(http.Header)) func(http.Header) {
	if !g.cookies.tries.Present(r) {
		return setCookie
	}
	return func(h http.Header) {
		if setCookie != nil {
			setCookie(h)
		}
		g.cookies.tries.Clear(h, r)
	}
}

// stuckPage says what is probably the matter, and where to go on.
func (g *Gate) stuckPage(r *http.Request, returnTo string) *signin.Page {
	cause, text := g.likelyCause(r)
	title := "Your browser did not keep our cookie"
	message := signin.Message{Class: "ERROR", Text: text}
	switch cause {
	case "cookie_unreadable":
		title = "Our cookie came back unreadable"
	case "other_address":
		message.Links = []signin.Link{{URL: g.site.origin, Label: g.site.origin}}
	}
	return &signin.Page{
		Template: "message", Status: http.StatusBadRequest, Title: title, Messages: []signin.Message{message},
		Links: []signin.Link{{URL: returnTo, Label: "Try again"}},
	}
}

// likelyCause of cookies that do not come back, for the log and for the user.
func (g *Gate) likelyCause(r *http.Request) (cause, text string) {
	_, host, _ := strings.Cut(g.site.origin, "://")
	switch {
	case g.site.secure && strings.HasPrefix(r.Header.Get("Origin"), "http://"):
		cause, text = "plain_http", "Signing in needs a cookie that browsers keep over https only, and this address is plain http. Please open the site with https."
	case host != "" && !strings.EqualFold(host, r.Host):
		cause, text = "other_address", "Signing in needs a cookie, and it belongs to another address of this site. Please open that one."
	case !g.cookies.any(r):
		cause, text = "cookie_refused", "Signing in needs a cookie of this site, and none came back. Allow cookies for this site, then try again. If they are allowed, tell your administrator."
	default:
		cause, text = "cookie_unreadable", "What this site gave your browser could not be read when it came back: its servers may have different keys or clocks. Please try again; if it happens again, tell your administrator."
	}
	return cause, text
}

func (g *Gate) causeOf(r *http.Request) string {
	cause, _ := g.likelyCause(r)
	return cause
}
