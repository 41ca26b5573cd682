package caddyauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI lets an administrator see and end sessions, on Caddy's admin endpoint.
// It never shows a token, a cookie or a key.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.okta_auth", New: func() caddy.Module { return new(adminAPI) }}
}

// Routes of the API. /okta_auth/sessions:
//
//	GET     lists sessions, newest first, where the store knows them. Parameters:
//	        site (an origin), one of session, subject, login, email, and limit.
//	DELETE  ends the sessions of one of session, subject, login, email, or all=true,
//	        at all sites of an application; with site, of that one's.
func (adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: "/okta_auth/sessions", Handler: caddy.AdminHandlerFunc(serveSessions)}}
}

// SiteSessions are the sessions of one site, as the admin API tells them.
type SiteSessions struct {
	Site     string `json:"site"`
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	Store    string `json:"store"`
	// Listed is false where the store does not know its sessions: in cookies, only
	// the browsers do.
	Listed bool `json:"listed"`
	// Why says why it is.
	Why      string        `json:"why,omitempty"`
	Sessions []SessionInfo `json:"sessions"`
	More     bool          `json:"more,omitempty"`
	// Marks is how many revocations are in force, Shared whether other processes are
	// told and tell theirs, Waiting how many of ours they could not be told yet, and
	// Behind for how many seconds theirs have been unknown.
	Marks   int     `json:"revocations"`
	Shared  bool    `json:"revocations_shared"`
	Waiting int     `json:"revocations_waiting"`
	Behind  float64 `json:"revocations_behind"`
}

// SessionInfo is one session. Where a store keeps names sealed they are empty.
type SessionInfo struct {
	Session string    `json:"session"`
	Login   string    `json:"login,omitempty"`
	Email   string    `json:"email,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"last_used"`
	Ends    time.Time `json:"ends"`
}

// Revoked is what ending sessions came to, at one site.
type Revoked struct {
	Site     string `json:"site"`
	ClientID string `json:"client_id"`
	// Pending says why other processes do not know yet; they are told later.
	Pending string `json:"pending,omitempty"`
}

const defaultList, maxList = 100, 10_000

func serveSessions(w http.ResponseWriter, r *http.Request) error {
	fail := func(status int, err error) error { return caddy.APIError{HTTPStatus: status, Err: err} }
	query, err := queryOf(r)
	if err != nil {
		return fail(http.StatusBadRequest, err)
	}
	who, err := whoOf(query)
	if err != nil {
		return fail(http.StatusBadRequest, err)
	}
	site := query.Get("site")
	gates := servingGates(site)
	switch {
	case len(gates) > 0:
	case site != "":
		return fail(http.StatusNotFound, fmt.Errorf("there is no okta_auth at site %q: leave site out, or give it as public_url has it", site))
	default:
		return fail(http.StatusNotFound, errors.New("there is no okta_auth in the config"))
	}
	var answer any
	switch r.Method {
	case http.MethodGet:
		limit := defaultList
		if text := query.Get("limit"); text != "" {
			if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxList {
				return fail(http.StatusBadRequest, fmt.Errorf("limit %q is not a number from 1 to %d", text, maxList))
			}
		}
		answer, err = listSessions(r.Context(), gates, who, limit)
	case http.MethodDelete:
		if who == nil {
			return fail(http.StatusBadRequest, errors.New("say whose sessions: session, subject, login or email, or all=true"))
		}
		answer = revokeSessions(r.Context(), gates, *who)
	default:
		return fail(http.StatusMethodNotAllowed, fmt.Errorf("method %s: there are GET and DELETE", r.Method))
	}
	if err != nil {
		return fail(http.StatusServiceUnavailable, err)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

// gatesPool holds the gates of every config that is loaded, or is just being tried.
var gatesPool = caddy.NewUsagePool()

// servingGates are those of the config that is in force, one for each application
// at Okta and site; "" means every site. A config that is only being validated, or
// that fails to load, is not in force.
func servingGates(site string) []*Gate {
	app, err := caddy.ActiveContext().AppIfConfigured("http")
	http, ok := app.(*caddyhttp.App)
	if err != nil || !ok {
		return nil
	}
	found := make(map[string]*Gate)
	gatesPool.Range(func(_, value any) bool {
		g := value.(*Gate)
		if inForce(http, g) && (site == "" || g.site.origin == site) {
			found[g.site.origin+"\n"+g.keptKey] = g
		}
		return true
	})
	var gates []*Gate
	for _, key := range slices.Sorted(maps.Keys(found)) {
		gates = append(gates, found[key])
	}
	return gates
}

func inForce(http *caddyhttp.App, g *Gate) bool {
	for _, server := range http.Servers {
		if server == g.server {
			return true
		}
	}
	return false
}

// parameters that the API has.
var parameters = []string{string(session.BySession), string(session.BySubject), string(session.ByLogin), string(session.ByEmail), "all", "site", "limit"}

// queryOf reads the parameters. One that is misspelt, empty (a variable that a script
// did not set) or there twice is refused: without it more sessions would be meant.
func queryOf(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("the query: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch values := query[name]; {
		case !slices.Contains(parameters, name):
			return nil, fmt.Errorf("parameter %q: there are %s", name, strings.Join(parameters, ", "))
		case len(values) != 1:
			return nil, fmt.Errorf("%s is given %d times: once is enough", name, len(values))
		case values[0] == "":
			return nil, fmt.Errorf("%s is empty: give it a value, or leave it out", name)
		}
	}
	return query, nil
}

// whoOf reads whose sessions are meant; nil is everybody's, not asked for.
func whoOf(query url.Values) (*session.Who, error) {
	var found []session.Who
	for _, kind := range []session.Kind{session.BySession, session.BySubject, session.ByLogin, session.ByEmail} {
		if query.Has(string(kind)) {
			found = append(found, session.Who{Kind: kind, Value: query.Get(string(kind))})
		}
	}
	if query.Get("all") == "true" {
		found = append(found, session.Who{Kind: session.Everybody})
	}
	switch {
	case len(found) > 1:
		return nil, errors.New("say one of session, subject, login, email and all")
	case len(found) == 0:
		return nil, nil
	case found[0].Kind == session.BySession && !session.IsHandle(found[0].Value):
		return nil, fmt.Errorf("session %q is not the name of a session: the log, the list and /.okta/me tell it", found[0].Value)
	}
	return &found[0], nil
}

// at is who, at the gate's issuer.
func (g *Gate) at(who *session.Who) *session.Who {
	if who == nil {
		return nil
	}
	own := *who
	own.Issuer = g.org.Issuer()
	return &own
}

func listSessions(ctx context.Context, gates []*Gate, who *session.Who, limit int) ([]SiteSessions, error) {
	all := []SiteSessions{}
	for _, g := range gates {
		e, err := g.getEngine(ctx)
		if err != nil {
			return nil, err
		}
		one := SiteSessions{Site: g.site.origin, Issuer: g.org.Issuer(), ClientID: g.ClientID, Store: g.storeName(), Sessions: []SessionInfo{}, Marks: g.revocations.marks.Len()}
		if f := g.revocations.follower; f != nil {
			one.Shared, one.Waiting, one.Behind = true, f.Waiting(), f.Behind().Seconds()
		}
		if lister, ok := e.store.(session.Lister); ok {
			one.Listed = true
			if one.Sessions, one.More, err = g.listOwn(ctx, lister, g.at(who), limit); err != nil {
				return nil, err
			}
		} else {
			one.Why = "only the browsers have these sessions, in their cookies; they can be ended all the same"
		}
		all = append(all, one)
	}
	return all, nil
}

// listOwn lists the gate's sessions. Other sites of the application may keep
// theirs in the same place, so it asks for more until there are enough.
func (g *Gate) listOwn(ctx context.Context, lister session.Lister, who *session.Who, limit int) ([]SessionInfo, bool, error) {
	for ask := limit; ; ask *= 4 {
		infos, more, err := lister.List(ctx, who, ask)
		if err != nil {
			return nil, false, err
		}
		own := []SessionInfo{}
		for _, i := range infos {
			if i.Site == g.sessionSite() || g.site.origin == "" {
				own = append(own, SessionInfo{i.Handle, i.Login, i.Email, i.Subject, i.CreatedAt, i.UsedAt, i.EndsAt})
			}
		}
		if len(own) > limit {
			return own[:limit], true, nil
		}
		if !more || len(own) == limit {
			return own, more, nil
		}
	}
}

// revokeSessions marks them: it holds for every store, and for sessions that no
// store knows. What is ended at one site of an application is ended at all of them,
// and the answer names all.
func revokeSessions(ctx context.Context, gates []*Gate, who session.Who) []Revoked {
	type place struct{ site, org, client string }
	all, done := []Revoked{}, make(map[place]bool)
	for _, g := range gates {
		if done[place{g.site.origin, g.orgOrigin(), g.ClientID}] {
			continue
		}
		pending := ""
		if err := errors.Join(g.endAll(ctx, *g.at(&who))...); err != nil {
			pending = err.Error()
		}
		for _, at := range g.application() {
			here := place{at.site.origin, at.orgOrigin(), at.ClientID}
			if done[here] {
				continue
			}
			done[here] = true
			all = append(all, Revoked{Site: here.site, ClientID: here.client, Pending: pending})
			g.logger.Info("an administrator ended sessions", "reason", "revoked", "by", string(who.Kind), "whose", clip(who.Value), "site", here.site)
		}
	}
	return all
}

// Interface guards
var (
	_ caddy.Module      = adminAPI{}
	_ caddy.AdminRouter = adminAPI{}
)
