package caddyauth

import (
	"errors"
	"net/http"
	"slices"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// errAmbiguous is what handle_errors gets for a path that is refused.
var errAmbiguous = errors.New("the path can be read in several ways")

// deny answers a signed-in user whom the rules keep out. Scripts and API clients
// get JSON, people the operator's own page for 403 where handle_errors has one,
// or ours: who they are, what they lack, whom to ask, and how to switch account.
func (g *Gate) deny(e *engine, w http.ResponseWriter, v *request, p *passport, d policy.Decision, setCookie func(http.Header)) error {
	r := v.now
	g.logger.Info("access denied", append(g.who(r), "reason", "denied", "user", display(p.session), "subject", p.session.Subject, "rule", g.ruleText(d.Rule))...)
	if setCookie != nil {
		setCookie(w.Header())
	}
	g.metrics.denied.WithLabelValues(g.site.origin).Inc()
	p.present(r) // to the access log, and to the operator's page
	message := g.ruleMessage(v, d.Rule)
	cause := errors.New(message) // {err.message} of the operator's page
	switch {
	case !isNavigation(r) && !isFrame(r) || g.API.match(v):
		more := map[string]any{"user": display(p.session)}
		if g.Contact != "" {
			more["contact"] = g.Contact
		}
		return g.problem(w, r, http.StatusForbidden, "Access denied", message, more)
	case g.handlesErrors(r, http.StatusForbidden, cause):
		g.empty(r)
		withholdID(r)
		return caddyhttp.Error(http.StatusForbidden, cause)
	case isFrame(r):
		return g.page(w, r, &signin.Page{Template: "frame", Status: http.StatusForbidden, Title: "You may not open this",
			Links: []signin.Link{{URL: returnAddress(v.asked()), Label: "Open this page"}}})
	}
	return g.page(w, r, g.deniedPage(e, v, p, message))
}

func (g *Gate) deniedPage(e *engine, v *request, p *passport, message string) *signin.Page {
	page := &signin.Page{
		Template: "message", Status: http.StatusForbidden, Title: "You may not open this",
		User:     display(p.session),
		Messages: []signin.Message{{Class: "ERROR", Text: message}},
		Form: &signin.Form{
			Action: g.Prefix + "signout", Label: "Use another account", Style: "primary",
			Hidden: []signin.Hidden{
				{Name: "/token", Value: g.signOutToken(e, p.session)},
				{Name: signin.ReturnInput, Value: returnAddress(v.asked())},
			},
		},
		Reference: reference(v.now),
	}
	if g.Contact != "" {
		page.Messages = append(page.Messages, signin.Message{Class: "INFO", Text: g.Contact})
	}
	return page
}

// ruleMessage is what the user is told: by the rule that kept them out, or, where
// it says nothing, by the nearest allow rule before it that is about this request
// and did not let them in. Where none decided, all of them did not.
func (g *Gate) ruleMessage(v *request, decided int) (text string) {
	text = "Your account is not among those that may open this page."
	asked := g.Rules
	if decided >= 0 {
		asked = g.Rules[:decided+1]
	}
	for i := range slices.Backward(asked) {
		rule := &g.Rules[i]
		if rule.Message != "" && (i == decided || rule.Action == allowAction && rule.applies(v) == policy.True) {
			return rule.Message
		}
	}
	return text
}

func (g *Gate) ruleText(rule int) string {
	if rule < 0 {
		return "none of the allow rules was met"
	}
	return g.Rules[rule].String()
}

// refuseAddress answers a request whose path an application could read as another
// than the rules did.
func (g *Gate) refuseAddress(w http.ResponseWriter, v *request, why string) error {
	r := v.now
	g.logger.Info("request refused because of its path", append(g.who(r), "reason", "ambiguous_path", "problem", why)...)
	switch {
	case !isNavigation(r):
		return g.problem(w, r, http.StatusBadRequest, "Address refused", "The path of this request can be read in several ways.", nil)
	case g.handlesErrors(r, http.StatusBadRequest, errAmbiguous):
		g.empty(r)
		return caddyhttp.Error(http.StatusBadRequest, errAmbiguous)
	}
	return g.page(w, r, &signin.Page{
		Template: "message", Status: http.StatusBadRequest, Title: "This address is not accepted",
		Messages: []signin.Message{{Class: "ERROR", Text: "The address has characters that can be read in several ways, so it was not passed on. Please check the link that brought you here."}},
		Links:    []signin.Link{{URL: "/", Label: "Go on"}}, Reference: reference(r),
	})
}

// handlesErrors tells whether the site's handle_errors has a route for a status:
// one that does nothing would leave the user with an empty page.
func (g *Gate) handlesErrors(r *http.Request, status int, cause error) bool {
	server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || server == nil || server.Errors == nil {
		return false
	}
	return anyHandles(server.Errors.Routes, server.Errors.WithError(r, caddyhttp.Error(status, cause)))
}

func anyHandles(routes caddyhttp.RouteList, r *http.Request) bool {
	for _, route := range routes {
		if match, err := route.MatcherSets.AnyMatchWithError(r); err != nil || !match {
			continue
		}
		for _, handler := range route.Handlers {
			if sub, ok := handler.(*caddyhttp.Subroute); !ok || anyHandles(sub.Routes, r) {
				return true
			}
		}
	}
	return false
}
