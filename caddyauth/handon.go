package caddyauth

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// A gate takes its cookies out of every request, also of one that it does not
// cover: what stands behind it may be an application that no gate covers. Another
// gate of the site with the same cookies may stand there too, and gets them back.

// handedOnVar holds what gates before this one have taken away.
const handedOnVar = "okta_auth.handed_on"

// handedOn is what a gate that does not cover a request has taken out of it.
type handedOn struct {
	gate    *Gate
	cookies []string // the Cookie lines before
	guard   *responseGuard
	taken   bool
	before  *handedOn // of a gate before that one
}

func (g *Gate) handOn(r *http.Request, guard *responseGuard) {
	before, _ := caddyhttp.GetVar(r.Context(), handedOnVar).(*handedOn)
	caddyhttp.SetVar(r.Context(), handedOnVar, &handedOn{gate: g, cookies: r.Header["Cookie"], guard: guard, before: before})
}

// takeOver gets back what a gate with the same cookies has handed on: the cookies in
// the request, and that they may be set in the response.
func (g *Gate) takeOver(r *http.Request) {
	last, _ := caddyhttp.GetVar(r.Context(), handedOnVar).(*handedOn)
	for h := last; h != nil; h = h.before {
		if h.taken || h.gate.cookies.session.FullName() != g.cookies.session.FullName() {
			continue
		}
		h.taken, h.guard.cookies = true, nil // from here on our own guard sees to it
		if h.cookies != nil {
			r.Header["Cookie"] = h.cookies
		}
		for other := last; other != h; other = other.before {
			session.Strip(r.Header, other.gate.cookies.list...)
		}
		return
	}
}
