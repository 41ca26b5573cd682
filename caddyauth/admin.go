package caddyauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

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
//	DELETE  ends the sessions of one of session, subject, login, email, or all=true.
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
	Listed   bool          `json:"listed"`
	Sessions []SessionInfo `json:"sessions"`
	More     bool          `json:"more,omitempty"`
	// Marks is how many revocations are in force, and Behind for how many seconds
	// those of other processes have been unknown.
	Marks  int     `json:"revocations"`
	Behind float64 `json:"revocations_behind"`
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
	gates := servingGates(r.URL.Query().Get("site"))
	if len(gates) == 0 {
		return fail(http.StatusNotFound, errors.New("no okta_auth of this server has served a request at this site yet"))
	}
	who, err := whoOf(r)
	if err != nil {
		return fail(http.StatusBadRequest, err)
	}
	var answer any
	switch r.Method {
	case http.MethodGet:
		limit := defaultList
		if text := r.URL.Query().Get("limit"); text != "" {
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

// servingGates are those that have served a request, one for each application at
// Okta and site.
func servingGates(site string) (gates []*Gate) {
	keptPool.Range(func(_, value any) bool {
		if k, ok := value.(*kept); ok {
			if g := k.gate.Load(); g != nil && (site == "" || g.site.origin == site) {
				gates = append(gates, g)
			}
		}
		return true
	})
	slices.SortFunc(gates, func(a, b *Gate) int {
		return strings.Compare(a.site.origin+a.ClientID+a.Prefix, b.site.origin+b.ClientID+b.Prefix)
	})
	return gates
}

// whoOf reads whose sessions are meant; nil is everybody's, not asked for.
func whoOf(r *http.Request) (*session.Who, error) {
	query := r.URL.Query()
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
	case found[0].Value == "" && found[0].Kind != session.Everybody:
		return nil, fmt.Errorf("%s is empty", found[0].Kind)
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
			one.Behind = f.Behind().Seconds()
		}
		if lister, ok := e.store.(session.Lister); ok {
			one.Listed = true
			infos, more, err := lister.List(ctx, g.at(who), limit)
			if err != nil {
				return nil, err
			}
			one.More = more
			for _, i := range infos {
				if i.Site == g.sessionSite() || g.site.origin == "" {
					one.Sessions = append(one.Sessions, SessionInfo{i.Handle, i.Login, i.Email, i.Subject, i.CreatedAt, i.UsedAt, i.EndsAt})
				}
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// revokeSessions marks them: it holds for every store, and for sessions that no
// store knows.
func revokeSessions(ctx context.Context, gates []*Gate, who session.Who) []Revoked {
	all := []Revoked{}
	done := make(map[*revocations]bool)
	for _, g := range gates {
		one := Revoked{Site: g.site.origin, ClientID: g.ClientID}
		e, err := g.getEngine(ctx)
		if err == nil && !done[g.revocations] {
			done[g.revocations] = true
			err = g.revocations.publish(ctx, g.now(), g.markUser(e, *g.at(&who)))
			g.logger.Info("an administrator ended sessions", "reason", "revoked", "by", string(who.Kind), "mark", session.MarkName(e.keyring, *g.at(&who)))
		}
		if err != nil {
			one.Pending = err.Error()
		}
		all = append(all, one)
	}
	return all
}

// Interface guards
var (
	_ caddy.Module      = adminAPI{}
	_ caddy.AdminRouter = adminAPI{}
)
