package caddyauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// The routes around a gate can hide its own paths from it: in
//
//	handle @get { okta_auth ... }
//
// the page is shown, and the password that is posted from it goes on to the
// application. No config tells a handler what stands around it, so the gate
// finds out: before it first shows a page on a host, it sends itself a post of
// a form's shape through the whole server, and wants to be the one who answers
// it, with its headers as they were.

const pingPath = "ping"

// pingHeader carries the answer to a probe: proof that this very gate gave it.
const pingHeader = "Okta-Auth-Ping"

// probes remembers which hosts a gate was found on.
type probes struct {
	mu    sync.Mutex
	found map[string]probed
}

type probed struct {
	err   error
	until time.Time
}

// Bounds of probes: a host that passed is asked again after a long while, one
// that did not soon, because its config may have been mended by a reload of
// another module's.
const (
	maxProbes   = 256
	probePassed = time.Hour
	probeFailed = 5 * time.Second
)

// reachable tells whether a form that is shown on the host of r would come back
// to this gate.
func (g *Gate) reachable(e *engine, r *http.Request) error {
	host, now := strings.ToLower(r.Host), g.now()
	g.probes.mu.Lock()
	known, ok := g.probes.found[host]
	g.probes.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.err
	}
	err := g.probe(e, r)
	life := probePassed
	if err != nil {
		life = probeFailed
	}
	g.probes.mu.Lock()
	defer g.probes.mu.Unlock()
	if len(g.probes.found) >= maxProbes || g.probes.found == nil {
		g.probes.found = make(map[string]probed)
	}
	g.probes.found[host] = probed{err, now.Add(life)}
	return err
}

// probe sends the post and judges the answer.
func (g *Gate) probe(e *engine, r *http.Request) error {
	server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || server == nil {
		return nil // not in a server of Caddy's: nothing stands around us
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	nonce := seal.Random(16)
	form := url.Values{"nonce": {nonce}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.Prefix+pingPath, strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Host, req.RequestURI, req.RemoteAddr, req.TLS = r.Host, g.Prefix+pingPath, r.RemoteAddr, r.TLS
	req.Proto, req.ProtoMajor, req.ProtoMinor = r.Proto, r.ProtoMajor, r.ProtoMinor
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", "okta_auth")

	answer := &recorder{header: make(http.Header)}
	server.ServeHTTP(answer, req)
	if answer.header.Get(pingHeader) != g.pong(e, nonce) {
		return fmt.Errorf("a form posted to %s%s does not come back to this okta_auth (status %d): a route around it, another okta_auth of the site with the same prefix, or a handler before it takes it away; "+
			"put okta_auth at the top of the site, outside handle, handle_path and route, and give its matcher to the directive itself: okta_auth @name; "+
			"where it must stay below a path, set prefix to one below that path", g.Prefix, pingPath, answer.status)
	}
	for name, harmless := range pageHeaders {
		if got := strings.Join(answer.header.Values(name), ", "); !harmless(got) {
			return fmt.Errorf("the header %s of the sign-in pages is changed on its way out, to %q: "+
				"keep the site's header directive off them: header @app ..., with @app not path %s*", name, got, g.Prefix)
		}
	}
	return nil
}

// pageHeaders are the headers that the sign-in pages cannot do without, and
// what they may be: a site's header directive changes those of every response.
var pageHeaders = map[string]func(string) bool{
	"Content-Security-Policy": func(v string) bool { return v == signin.PagePolicy },
	"X-Content-Type-Options":  func(v string) bool { return strings.EqualFold(v, "nosniff") },
	"X-Frame-Options":         func(v string) bool { return strings.EqualFold(v, "deny") || strings.EqualFold(v, "sameorigin") },
	"Cache-Control":           func(v string) bool { return strings.Contains(strings.ToLower(v), "no-store") },
	// With no-referrer, browsers send our own posts with "Origin: null".
	"Referrer-Policy": func(v string) bool {
		return v != "" && !strings.Contains(strings.ToLower(v), "no-referrer,") && !strings.EqualFold(v, "no-referrer")
	},
}

// ping answers a probe. What it says proves nothing to anybody else.
func (g *Gate) ping(e *engine, w http.ResponseWriter, r *http.Request) error {
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	if err := r.ParseForm(); err != nil {
		return caddyhttp.Error(http.StatusBadRequest, errors.New("not a probe"))
	}
	signin.SecurityHeaders(w.Header(), "")
	w.Header().Set(pingHeader, g.pong(e, r.PostForm.Get("nonce")))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pong is what this gate, and no other of the site, answers to a nonce.
func (g *Gate) pong(e *engine, nonce string) string {
	return e.keyring.Hash("ping", g.binding(g.cookies.session)+"\n"+g.Prefix+"\n"+nonce)
}

// recorder takes a response and keeps its head.
type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return len(b), nil
}
