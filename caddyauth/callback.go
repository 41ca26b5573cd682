package caddyauth

import (
	"net/http"

	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// callback is where Okta sends browsers: from an identity provider, from the link
// in an e-mail. Its query holds codes and tokens, so no log gets anything of it, and
// the answer is always a redirect to an address without one.
func (g *Gate) callback(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	v := g.visit(e, w, r, "/")
	query := asked.URL.Query()
	switch person := r.Method != http.MethodHead && isNavigation(r); {
	// A scanner of mail, a preview, a script: nothing is done for them, and what
	// is to be shown once is not used up.
	case !person && len(query) == 0:
		return redirect(w, "/")
	case !person:
		return redirect(w, g.Prefix+signin.CallbackPath)
	case len(query) == 0:
		return g.settleOutcome(e, w, r, v, e.flow.Landed(v))
	}
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	if user != nil && !query.Has("recovery_token") && !query.Has("activation_token") {
		return redirect(w, "/") // another tab was first
	}
	out := e.flow.Callback(r.Context(), v, query)
	g.logger.Info("a browser came back from Okta", append(g.who(r), "reason", out.Reason, "transaction", out.Ref, "parameters", names(query))...)
	return g.settleOutcome(e, w, r, v, out)
}

// follow takes the user's word that they want what a link in an e-mail is for.
func (g *Gate) follow(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	form, refused := g.readPost(w, r, asked)
	if refused != nil {
		return g.page(w, r, refused)
	}
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	v := g.visit(e, w, r, "/")
	v.Posted = form
	out := e.flow.Follow(r.Context(), v)
	if user != nil && out.Reason == signin.ReasonBegun { // the link may be somebody else's
		if err := g.endSession(e, w, r, user.Session); err != nil {
			return g.fault(w, r, err)
		}
	}
	return g.settleOutcome(e, w, r, v, out)
}

// names of the parameters that Okta is known to send, for the log.
func names(query map[string][]string) []string {
	var known []string
	for _, name := range []string{"state", "otp", "interaction_code", "code", "error", "recovery_token", "activation_token"} {
		if len(query[name]) > 0 {
			known = append(known, name)
		}
	}
	return known
}
