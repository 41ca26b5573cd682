package caddyauth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// An explanation is not worked out beside the server, it is the server: the config
// is set up as for running, one request goes through its routes, the gates on its
// way say what they decide, and in place of the network there is somebody who
// writes down what the upstream would have got. Nothing listens, Okta is not
// asked, and no store is read or written.

// Outcomes of a request, as a table names them.
const (
	outcomeAllow    = "allow"       // a signed-in user, and the rules let them pass
	outcomeDeny     = "deny"        // a signed-in user, and the rules do not
	outcomePublic   = "public"      // passes without identity
	outcomeOptional = "optional"    // passes without identity, because there is none
	outcomeSignIn   = "sign-in"     // nobody is signed in: a page
	outcomeRefuse   = "refuse"      // nobody is signed in: 401 with JSON
	outcomeBad      = "bad-request" // the path is refused
	outcomeOwn      = "own"         // one of the gate's own paths
	outcomePass     = "pass"        // no gate covers it
	outcomeNone     = "none"        // no gate is on its way
)

// verdict is what a gate decided about a request, and why.
type verdict struct {
	outcome string
	why     string
	rule    int // that decided, -1: none did
	rules   []ruleVerdict
	user    *passport
	message string // to a user who is kept out
}

// ruleVerdict is what became of one rule.
type ruleVerdict struct {
	text    string
	applies policy.Truth
	holds   policy.Truth
	why     string
}

// explanation collects what is found out about one request.
type explanation struct {
	verdicts []explained
	upstream *http.Request // nil: nothing goes on
	status   int
}

type explained struct {
	gate *Gate
	verdict
}

type explanationKey struct{}

// note tells an explanation what was decided. It reports whether there is one,
// and so nothing is to be begun.
func (v *request) note(x verdict) bool {
	e, ok := v.now.Context().Value(explanationKey{}).(*explanation)
	if !ok {
		return false
	}
	if x.user != nil {
		for i := range v.gate.Rules {
			x.rules = append(x.rules, v.gate.explainRule(v, i, x.user))
		}
	}
	if x.outcome == outcomeDeny {
		x.message = v.gate.ruleMessage(v, x.rule)
	}
	e.verdicts = append(e.verdicts, explained{v.gate, x})
	return true
}

func (g *Gate) explainRule(v *request, i int, p *passport) ruleVerdict {
	rule := &g.Rules[i]
	return ruleVerdict{
		text: rule.String(), applies: rule.applies(v),
		holds: rule.compiled.Judge(p.user, g.now()), why: rule.compiled.Explain(p.user, g.now()),
	}
}

// last is the verdict that counts: a gate that covers the request decides.
func (e *explanation) last() verdict {
	for _, one := range e.verdicts {
		if one.outcome != outcomePass {
			return one.verdict
		}
	}
	if len(e.verdicts) > 0 {
		return e.verdicts[0].verdict
	}
	return verdict{outcome: outcomeNone, why: "no okta_auth is on the way of this request"}
}

// explainer is a config that requests can be sent through.
type explainer struct {
	app   *caddyhttp.App
	gates map[*caddyhttp.Server][]*Gate
}

// newExplainer sets a config up, and gives what takes it down again.
func newExplainer(config *caddy.Config) (*explainer, func(), error) {
	config.Admin = &caddy.AdminConfig{Disabled: true, Config: &caddy.ConfigSettings{Persist: new(bool)}}
	config.Logging = &caddy.Logging{Logs: map[string]*caddy.CustomLog{"default": {BaseLog: caddy.BaseLog{WriterRaw: []byte(`{"output":"discard"}`)}}}}
	if err := withoutHealthChecks(config.AppsRaw); err != nil {
		return nil, nil, err
	}
	ctx, err := caddy.ProvisionContext(config)
	x := &explainer{gates: make(map[*caddyhttp.Server][]*Gate)}
	cancel := func() { // the config never runs, so nobody else takes it down
		for _, gates := range x.gates {
			for _, g := range gates {
				_ = g.Cleanup()
			}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	app, err := ctx.App("http")
	if err != nil {
		return nil, cancel, err
	}
	var ok bool
	if x.app, ok = app.(*caddyhttp.App); !ok {
		return nil, cancel, errors.New("the config has no http app")
	}
	for _, server := range x.app.Servers {
		lists := []caddyhttp.RouteList{server.Routes}
		if server.Errors != nil {
			lists = append(lists, server.Errors.Routes)
		}
		for _, route := range server.NamedRoutes {
			lists = append(lists, caddyhttp.RouteList{*route})
		}
		if err := x.silence(server, lists...); err != nil {
			return nil, cancel, err
		}
	}
	return x, cancel, nil
}

// explain sends one request through the config, with a session of a user who has
// these claims; nil is nobody.
func (x *explainer) explain(at *url.URL, req *http.Request, claims okta.Claims) (*explanation, error) {
	server, err := x.server(at)
	if err != nil {
		return nil, err
	}
	for _, g := range x.gates[server] {
		only := g.engine.made.store.(*onlySession)
		only.session = nil
		if claims != nil {
			only.session = g.newSession(claims, &okta.Tokens{Access: "ACCESS-TOKEN", ID: "ID-TOKEN"})
			req.AddCookie(&http.Cookie{Name: g.cookies.session.FullName(), Value: "1.explained"})
		}
	}
	if at.Scheme == "https" && len(server.TLSConnPolicies) > 0 {
		req.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: at.Hostname()}
	}
	e := new(explanation)
	req = req.WithContext(context.WithValue(req.Context(), explanationKey{}, e))
	answer := &statusWriter{header: make(http.Header)}
	server.ServeHTTP(answer, req)
	e.status = answer.status
	return e, nil
}

// server finds the one that an address reaches: by its port, or, where TLS ends in
// front of Caddy, by the address that a gate of it has for browsers.
func (x *explainer) server(u *url.URL) (*caddyhttp.Server, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	var listening []string
	for _, name := range slices.Sorted(maps.Keys(x.app.Servers)) {
		server := x.app.Servers[name]
		for _, listen := range server.Listen {
			address, err := caddy.ParseNetworkAddress(listen)
			if err != nil {
				continue
			}
			listening = append(listening, listen)
			if fmt.Sprint(address.StartPort) == port {
				return server, nil
			}
		}
	}
	for server, gates := range x.gates {
		for _, g := range gates {
			if g.site.origin == okta.Origin(u) {
				return server, nil
			}
		}
	}
	if len(listening) == 0 {
		return nil, errors.New("the config has no server: is it the right file?")
	}
	return nil, fmt.Errorf("nothing in the config is at %s: servers listen on %s, and no okta_auth has this public_url", okta.Origin(u), strings.Join(listening, ", "))
}

// onlySession is a store of one session, which every token is for.
type onlySession struct{ session *session.Session }

func (o *onlySession) Load(context.Context, string, string) (*session.Session, error) {
	return o.session, nil
}

func (o *onlySession) Save(_ context.Context, _, token string, s *session.Session) (string, error) {
	return token, nil
}

func (o *onlySession) Delete(context.Context, string, string) error { return nil }

// statusWriter keeps the status of an answer.
type statusWriter struct {
	header http.Header
	status int
}

func (w *statusWriter) Header() http.Header { return w.header }

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(b), nil
}
