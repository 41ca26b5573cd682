package caddyauth

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// statusClientClosed is what Caddy's proxy logs for a client that went away.
const statusClientClosed = 499

// maxPost bounds the body of a post of ours, in bytes.
const maxPost = 64 << 10

// postDeadline is how long such a body may take.
const postDeadline = 20 * time.Second

// serveOwn serves what is below the prefix. Nothing of it ever goes on to the
// application, whatever the method, matcher or rewrite.
func (g *Gate) serveOwn(w http.ResponseWriter, r, asked *http.Request, path string) error {
	name, rest, _ := strings.Cut(path, "/")
	if name != signin.CallbackPath && name+"/" != signin.LeavePath {
		return g.servePage(w, r, asked, name, rest)
	}
	// Codes and tokens stand in these addresses, or in those that the answers lead
	// to. Caddy's access log keeps both, and its error log the whole request.
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	err := g.servePage(w, r, asked, name, rest)
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return g.renderer.Render(w, r, &signin.Page{
		Template: "message", Status: http.StatusInternalServerError, Title: "Something went wrong",
		Messages:  []signin.Message{{Class: "ERROR", Text: "Sign-in stopped because of a fault on our side. Please try again; if it happens again, tell your administrator the reference below."}},
		Links:     []signin.Link{{URL: "/", Label: "Go on"}},
		Reference: reference(r),
	})
}

// servePage serves one of our own paths, by its name.
func (g *Gate) servePage(w http.ResponseWriter, r, asked *http.Request, name, rest string) error {
	engine, err := g.getEngine(r.Context())
	switch {
	case err != nil && (name == "health" || name == "ready"):
		g.empty(r)
		return caddyhttp.Error(http.StatusServiceUnavailable, err)
	case err != nil:
		return g.fault(w, r, err)
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	switch method + " " + name {
	case "GET signin":
		return g.signInPage(engine, w, r, asked, rest)
	case "POST signin":
		return g.submit(engine, w, r, asked, rest)
	case "GET leave":
		return g.leave(engine, w, r, asked, rest)
	case "GET " + signin.CallbackPath:
		return g.callback(engine, w, r, asked)
	case "POST " + signin.CallbackPath:
		return g.follow(engine, w, r, asked)
	case "GET signout":
		return g.signOutPage(engine, w, r, asked)
	case "POST signout":
		return g.signOut(engine, w, r, asked)
	case "GET health":
		return g.health(w, r)
	case "GET ready":
		return g.ready(w, r)
	case "GET me":
		return g.me(engine, w, r, asked)
	case "GET " + keySetPath:
		return g.keySet(engine, w)
	case "POST " + universalLogoutPath:
		return g.universalLogout(engine, w, r)
	case "POST " + pingPath:
		return g.ping(engine, w, r)
	case "GET assets":
		if g.renderer.ServeAsset(w, r, rest) {
			return nil
		}
	}
	return g.page(w, r, &signin.Page{
		Template: "message", Status: http.StatusNotFound, Title: "There is nothing here",
		Lead: "This address belongs to sign-in, but it has no page.", Links: []signin.Link{{URL: "/", Label: "Go on"}},
	})
}

// health tells a supervisor that requests can be served: it gets here only where
// the sealing key is there. It says nothing of Okta, whose trouble no restart of
// ours mends.
func (g *Gate) health(w http.ResponseWriter, r *http.Request) error {
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	signin.SecurityHeaders(w.Header(), "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := io.WriteString(w, `{"status":"ok"}`+"\n")
	return err
}

// ready tells a load balancer that signed-in users can be served: the session store
// answers too. It is no reason to restart anything when it does not.
func (g *Gate) ready(w http.ResponseWriter, r *http.Request) error {
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	store, remote := g.sessions.(pinger)
	if !remote {
		return g.health(w, r)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := store.Ping(ctx); err != nil {
		w.Header().Set("Retry-After", strconv.Itoa(storeRetry))
		return g.problem(w, r, http.StatusServiceUnavailable, "Not ready", "The session store does not answer.", nil)
	}
	return g.health(w, r)
}

// readPost checks where a post of ours comes from and reads its fields. The
// reason for a refusal is a page, for the rare person who sees it.
func (g *Gate) readPost(w http.ResponseWriter, r, asked *http.Request) (url.Values, *signin.Page) {
	refuse := func(status int, title, text string) (url.Values, *signin.Page) {
		return nil, &signin.Page{
			Template: "message", Status: status, Title: title,
			Messages: []signin.Message{{Class: "ERROR", Text: text}},
			Links:    []signin.Link{{URL: "/", Label: "Start again"}},
		}
	}
	if err := g.site.checkOrigin(r); err != nil {
		g.logger.Warn("refused a post of another origin", "origin", clip(r.Header.Get("Origin")), "sec_fetch_site", clip(r.Header.Get("Sec-Fetch-Site")), "public_url", g.site.origin)
		return refuse(http.StatusForbidden, "This form is not ours", "The form came from another site, so nothing was done with it.")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return refuse(http.StatusUnsupportedMediaType, "This form cannot be read", "The form was sent in a way that this page does not understand.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxPost)
	// A body that drips in would hold the connection for ever. Where there is no
	// deadline to set (the in-memory request of a probe) there is no drip.
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(postDeadline))
	err := r.ParseForm()
	_ = deadline.SetReadDeadline(time.Time{})
	if err != nil {
		return refuse(http.StatusBadRequest, "This form cannot be read", "The form was damaged on the way, or is too large.")
	}
	// A field that is there twice, or in the address too, is read by one program
	// this way and by another that way (parameter pollution). Our forms have none.
	if asked.URL.RawQuery != "" {
		return refuse(http.StatusBadRequest, "This form cannot be read", "The form's address has fields that do not belong there.")
	}
	// Those of Okta's are counted where they are read: some may repeat.
	for name, values := range r.PostForm {
		if len(values) != 1 && strings.HasPrefix(name, "/") {
			return refuse(http.StatusBadRequest, "This form cannot be read", "The form has a field twice.")
		}
	}
	return r.PostForm, nil
}

// empty takes out of a request what nobody else may get, before handle_errors
// dresses an error up and maybe asks another server to: our cookies, claims about
// who the user is, and the body, which may hold a password.
func (g *Gate) empty(r *http.Request) {
	g.scrub(r)
	g.stripCookies(r)
	r.Body, r.ContentLength = http.NoBody, 0
	r.TransferEncoding, r.Trailer = nil, nil
	for _, name := range []string{"Content-Type", "Content-Length", "Transfer-Encoding"} {
		r.Header.Del(name)
	}
}

// fault is a failure of ours. Nothing goes on to the application.
func (g *Gate) fault(w http.ResponseWriter, r *http.Request, err error) error {
	var store *storeError
	switch {
	case errors.Is(err, context.Canceled):
		g.empty(r)
		return caddyhttp.Error(statusClientClosed, err)
	case errors.As(err, &store):
		return g.unavailable(w, r, store)
	}
	g.empty(r)
	g.logger.Error("request refused because of a fault", "error", err, "reference", reference(r))
	return caddyhttp.Error(http.StatusInternalServerError, err)
}

// storeError is a store that does not answer: it is not known whether the user is
// signed in, so they are neither let in nor asked to sign in again.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// storeRetry is after how many seconds to ask again.
const storeRetry = 5

// unavailable answers while the session store is down.
func (g *Gate) unavailable(w http.ResponseWriter, r *http.Request, err error) error {
	g.metrics.storeError()
	if g.kept.storeDown.due(g.now()) {
		g.logger.Error("the session store does not answer: signed-in users get 503", append(g.who(r), "error", err)...)
	}
	w.Header().Set("Retry-After", strconv.Itoa(storeRetry))
	text := "Whether you are signed in cannot be told at the moment. Please try again in a few seconds; you do not have to sign in again."
	switch {
	case !isNavigation(r):
		return g.problem(w, r, http.StatusServiceUnavailable, "Sessions are unavailable", text, nil)
	case g.handlesErrors(r, http.StatusServiceUnavailable, err):
		g.empty(r)
		return caddyhttp.Error(http.StatusServiceUnavailable, err)
	}
	return g.page(w, r, &signin.Page{
		Template: "message", Status: http.StatusServiceUnavailable, RetryAfter: storeRetry, Title: "Please try again in a moment",
		Messages: []signin.Message{{Class: "ERROR", Text: text}}, Reference: reference(r),
	})
}

// seldom is for what is worth a log line once a minute and not at every request.
type seldom struct{ last atomic.Int64 }

func (s *seldom) due(now time.Time) bool {
	last := s.last.Load()
	return now.Unix()-last >= 60 && s.last.CompareAndSwap(last, now.Unix())
}
