package oktasim

import (
	"maps"
	"net/http"
	"net/url"
)

// Hosted sign-in is the other way in: the application sends the browser to
// /authorize (RFC 6749, 4.1), the org asks on pages of its own what it asks
// everybody, and sends it back with an authorization code. There is no session
// at the org: who comes again signs in again.

// leavePath is where a hosted sign-in ends: it sends the browser back to the
// application.
const leavePath = "/login/token/redirect"

// authorize begins a hosted sign-in. What is wrong with the client or with the
// address to come back to, the user is told; the rest is the client's to hear.
func (s *Server) authorize(c *call, as *authServer) reply {
	refuse := func(description string) reply {
		return page(http.StatusBadRequest, "This request cannot be served", verifiedPage, description)
	}
	client, request := s.client(c.form.Get("client_id")), readInteractRequest(c)
	if client == nil {
		return refuse("Invalid value for 'client_id' parameter.")
	}
	if !client.returnsTo(request.redirectURI) {
		return refuse("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings. (This simulator takes any loopback address.)")
	}
	mode := c.form.Get("response_mode")
	request.fragment = mode == "fragment"
	back := func(code, description string) reply {
		return request.backWith(url.Values{"error": {code}, "error_description": {description}})
	}
	switch {
	case c.form.Get("response_type") != "code":
		return back("unsupported_response_type", "The response type is not supported by the authorization server. Configured response types: [code].")
	case mode != "" && mode != "query" && mode != "fragment":
		return back("unsupported_response_mode", "The response mode is not supported by the authorization server. Supported response modes: [query, fragment].")
	}
	if problem := request.check(as, client); problem != nil {
		return back(problem.code, problem.description)
	}
	if c.form.Get("prompt") == "none" {
		return back("login_required", "The client specified not to prompt, but the user is not logged in.")
	}
	tx := s.open(c, transaction{client: client, server: as, request: request, hosted: true}, false)
	out := (&turn{Server: s, call: c, tx: tx}).backToPage()
	if _, err := c.request.Cookie("DT"); err != nil {
		// By it the browser is known the next time.
		out.header.Add("Set-Cookie", (&http.Cookie{Name: "DT", Value: "DI0" + randomText(22), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}).String())
	}
	return out
}

// leave ends a hosted sign-in that has ended, for better or worse.
func (s *Server) leave(c *call) reply {
	t := s.hostedTurn(c)
	if t == nil {
		return visitOver()
	}
	t.settle()
	return t.leave()
}

func (t *turn) leave() reply {
	switch tx := t.tx; {
	case tx.code != "":
		return t.backWith(url.Values{"code": {tx.code}})
	case tx.terminal != nil:
		return t.backDenied(tx.terminal.words(t.call.language()))
	}
	return t.backToPage()
}

// backToPage goes on with a hosted sign-in.
func (t *turn) backToPage() reply {
	return reply{status: http.StatusSeeOther, header: http.Header{"Location": {t.hostedAddress(signInPath)}}}
}

// hostedAddress is an address of the org that goes on with this sign-in.
func (t *turn) hostedAddress(path string) string {
	return t.call.base + path + "?" + url.Values{"stateToken": {t.tx.stateHandle}}.Encode()
}

// showRedirect says where a browser goes at the end of a hosted sign-in,
// "success" or "failure", to clients that draw its pages themselves. Answers
// have said so in two places.
func (t *turn) showRedirect(a *answer, how string) {
	to := t.hostedAddress(leavePath)
	if t.tx.policy.RedirectForms {
		a.offer(form{Name: how + "-redirect", Href: to, Method: http.MethodGet})
		return
	}
	if a.Extra = maps.Clone(a.Extra); a.Extra == nil {
		a.Extra = object{}
	}
	a.Extra[how] = object{"name": how + "-redirect", "href": to}
}

// backWith is the way back to the application.
func (r interactRequest) backWith(parameters url.Values) reply {
	if r.state != "" {
		parameters.Set("state", r.state)
	}
	to := withQuery(r.redirectURI, parameters)
	if r.fragment {
		to = r.redirectURI + "#" + parameters.Encode()
	}
	return reply{status: http.StatusFound, header: http.Header{"Location": {to}}}
}
