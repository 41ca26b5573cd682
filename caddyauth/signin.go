package caddyauth

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// signIn shows the current step of the sign-in, in place.
func (g *Gate) signIn(e *engine, w http.ResponseWriter, r, asked *http.Request) error {
	if g.withheld(r) {
		return g.askAgain(w, r, asked)
	}
	if err := g.reachable(e, r); err != nil {
		return g.fault(w, r, err)
	}
	if r.Method == http.MethodPost && !g.cookies.any(r) && g.site.checkOrigin(r) != nil {
		// A form of another site comes without our cookies (SameSite=Lax), so
		// nothing is known about this browser: not that it is signed in, nor
		// that a sign-in is under way. A GET brings them.
		return redirect(w, returnAddress(asked))
	}
	v := g.visit(e, w, r, returnAddress(asked))
	v.LoginHint = g.LoginHint
	if hint := asked.URL.Query().Get("login_hint"); hint != "" && g.AllowLoginHint && asked.URL.Path == g.Prefix+"signin" {
		v.LoginHint = hint
	}
	out := e.flow.Show(r.Context(), v)
	// Only here, where nobody was found to be signed in: a page of the callback's
	// is seen by signed-in users too, and a link must not sign anybody out.
	// Present, not readable: a cookie that has lost a part would stay for ever.
	if g.cookies.session.Present(r) && out.SignedIn == nil && out.Page != nil {
		g.cookies.session.Clear(w.Header(), r) // it is no session any more
	}
	return g.settleOutcome(e, w, r, v, out)
}

// signInPage is the sign-in at its own address, for links to it. Where it is
// over, it leads on to return_to; so does the address of a step's form, which a
// reload or a bookmark can ask for.
func (g *Gate) signInPage(e *engine, w http.ResponseWriter, r, asked *http.Request, step string) error {
	target := g.landing(asked.URL.Query().Get("return_to"))
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	if user != nil || step != "" {
		return redirect(w, target)
	}
	if !isNavigation(r) {
		return g.refuse(w, r)
	}
	return g.signIn(e, w, r, asked)
}

// landing is a safe address outside our own paths.
func (g *Gate) landing(s string) string {
	if to, ok := signin.SafeReturn(s); ok && !strings.HasPrefix(to, g.Prefix) {
		return to
	}
	return "/"
}

// submit takes the post of a step.
func (g *Gate) submit(e *engine, w http.ResponseWriter, r, asked *http.Request, remediation string) error {
	form, refused := g.readPost(w, r, asked)
	if refused != nil {
		return g.page(w, r, refused)
	}
	returnTo, ok := signin.SafeReturn(form.Get(signin.ReturnInput))
	if !ok {
		returnTo = "/"
	}
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	if user != nil {
		return redirect(w, returnTo) // another tab was first
	}
	if !g.cookies.any(r) {
		return g.page(w, r, g.cookiesRefused(r, returnTo))
	}
	v := g.visit(e, w, r, returnTo)
	v.Remediation, v.Posted, v.Script = remediation, form, strings.Contains(r.Header.Get("Accept"), "application/json")
	return g.settleOutcome(e, w, r, v, e.flow.Submit(r.Context(), v))
}

// leave goes to another site at the user's wish: an identity provider, an app on
// this device. The address may hold a secret of Okta's, and Caddy's access log
// keeps headers: the line is ours.
func (g *Gate) leave(e *engine, w http.ResponseWriter, r, asked *http.Request, remediation string) error {
	v := g.visit(e, w, r, g.landing(asked.URL.Query().Get("return")))
	if site := r.Header.Get("Sec-Fetch-Site"); !isNavigation(r) || site == "cross-site" || site == "same-site" {
		return redirect(w, v.Return) // only our own pages lead out
	}
	user, err := g.whoIs(e, r)
	if err != nil {
		return g.fault(w, r, err)
	}
	if user != nil {
		return redirect(w, v.Return) // another tab was first
	}
	v.Remediation, v.Choice = remediation, asked.URL.Query().Get("choice")
	out := e.flow.Leave(r.Context(), v)
	if out.Reason == signin.ReasonLeft {
		g.logger.Info("a user goes on elsewhere", append(g.who(r), "reason", out.Reason, "remediation", clip(remediation), "transaction", out.Ref)...)
	}
	return g.settleOutcome(e, w, r, v, out)
}

// visit describes the request to the conversation.
func (g *Gate) visit(e *engine, w http.ResponseWriter, r *http.Request, returnTo string) *signin.Visit {
	return &signin.Visit{
		Candidates: g.cookies.signIn.Read(r),
		Host:       g.site.host(r),
		Return:     returnTo,
		Reference:  reference(r),
		Device: okta.Device{
			UserAgent: r.UserAgent(), AcceptLanguage: r.Header.Get("Accept-Language"),
			Address: clientIP(r), Token: g.device(e, w, r),
		},
	}
}

// deviceLife is how long a browser keeps the name that Okta knows it by; 400
// days is the most that browsers allow (RFC 6265bis, section 5.5).
const deviceLife = 400 * 24 * time.Hour

// device is the browser's name for Okta, at most 32 characters, from a cookie
// that outlives sign-out. Without it every sign-in would be one from a new device.
func (g *Gate) device(e *engine, w http.ResponseWriter, r *http.Request) string {
	binding := seal.Binding{Purpose: "device", Name: g.cookies.device.FullName(), Host: g.site.host(r)}
	for _, sealed := range g.cookies.device.Read(r) {
		if token, ok := e.keyring.Open(binding, sealed); ok {
			return string(token)
		}
	}
	token := rand.Text()
	g.cookies.device.Write(w.Header(), r, e.keyring.Seal(binding, []byte(token)), deviceLife)
	return token
}

// settleOutcome does what the conversation decided.
func (g *Gate) settleOutcome(e *engine, w http.ResponseWriter, r *http.Request, v *signin.Visit, out signin.Outcome) error {
	if out.SignedIn != nil {
		s := g.newSession(out.SignedIn.Claims, out.SignedIn.Tokens)
		s.AtOkta, s.Remember = out.SignedIn.AtOkta, out.SignedIn.Keep
		if _, said := out.SignedIn.Claims.Time("auth_time"); s.AtOkta && !said {
			s.AuthTime = time.Time{} // it may have been hours ago, at Okta's own pages
		}
		if g.OktaSignOut && s.AtOkta {
			s.IDToken = out.SignedIn.Tokens.ID // what Okta knows the session by
		}
		g.warnUnfit(e, s)
		token, err := e.store.Save(r.Context(), g.sessionHost(r), "", s)
		if err != nil {
			g.revoke(r.UserAgent(), s) // nobody will use it
			out = g.unkept(e, v, err)
		} else {
			g.cookies.session.Write(w.Header(), r, token, g.cookieAge(s))
			g.logSignIn(r, s, out.Ref)
		}
	}
	if page := g.breakLoop(w, r, v, &out); page != nil {
		out.Page = page
	}
	g.logOutcome(e, r, v, out)
	if out.Transaction != nil {
		if *out.Transaction == "" {
			g.cookies.signIn.Clear(w.Header(), r)
		} else {
			g.cookies.signIn.Write(w.Header(), r, *out.Transaction, 0)
		}
	}
	switch {
	case out.Waiting != nil:
		return waiting(w, out.Waiting)
	case out.Exit != "":
		return redirect(w, out.Exit)
	case out.Page == nil:
		return redirect(w, out.Redirect)
	}
	if r.Method == http.MethodPost && out.Page.Form != nil {
		words := g.renderer.Words().For(r.Header.Get("Accept-Language"))
		out.Page.Messages = append(out.Page.Messages, signin.Message{Class: "INFO",
			Text: words.Say("You have to sign in first. What you sent from the last page was not received; after signing in you can send it again.")})
	}
	return g.page(w, r, out.Page)
}

// unkept ends a sign-in whose session the store did not take.
func (g *Gate) unkept(e *engine, v *signin.Visit, err error) signin.Outcome {
	title, text, retry := "You could not be signed in", "Your account is fine, but this site could not keep your session. Please tell your administrator the reference below.", 0
	if _, remote := g.sessions.(pinger); remote {
		g.metrics.storeError()
		text, retry = "Your account is fine, but this site cannot keep your session at the moment. Please try again in a few seconds.", storeRetry
	}
	return e.flow.Fail(v, retry, title, text, err)
}

// newSession is the session of a user who has just signed in.
func (g *Gate) newSession(claims okta.Claims, tokens *okta.Tokens) *session.Session {
	now := g.now()
	s := &session.Session{
		ID: session.NewID(), Issuer: g.org.Issuer(), Subject: claims.Text("sub"),
		CreatedAt: now, UsedAt: now, AuthTime: now,
	}
	if at, ok := claims.Time("auth_time"); ok {
		s.AuthTime = at
	}
	g.takeTokens(s, tokens)
	g.takeClaims(s, claims)
	return s
}

// takeTokens keeps the refresh token, and those that a header passes on. RefreshedAt
// tells states of a session apart and is kept to the second: it moves forward each
// time, also where the clock of another replica was ahead.
func (g *Gate) takeTokens(s *session.Session, tokens *okta.Tokens) {
	at := g.now().Truncate(time.Second) // or every state out of a store would look older
	if next := s.RefreshedAt.Add(time.Second); next.After(at) {
		at = next
	}
	s.RefreshToken, s.TokenExpiresAt, s.RefreshedAt = tokens.Refresh, tokens.ExpiresAt, at
	access, id := g.tokensKept()
	if access {
		s.AccessToken = tokens.Access
	}
	if id && tokens.ID != "" {
		s.IDToken = tokens.ID
	}
}

// takeClaims keeps what headers and placeholders use. A claim that the user
// lacks is kept as null: asked for, and not there.
func (g *Gate) takeClaims(s *session.Session, claims okta.Claims) {
	s.Login, s.Email = claims.Text("preferred_username"), strings.ToLower(claims.Text("email"))
	s.Claims = make(map[string]any)
	for _, name := range g.claimsKept() {
		s.Claims[name], _ = identity.Lookup(claims, name)
	}
	groups, kept := s.Claims["groups"]
	patterns := g.groupsKept()
	if !kept || patterns == nil {
		return
	}
	if filter, err := identity.NewFilter(patterns...); err == nil { // each was made one before
		s.Claims["groups"], s.Claims[patternsKept] = filter.Keep(groups), strings.Join(patterns, "\n")
	}
}
