package caddyauth

import (
	"encoding/json"
	"maps"
	"net/http"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// page sends a page of ours.
func (g *Gate) page(w http.ResponseWriter, r *http.Request, p *signin.Page) error {
	if p.Status == http.StatusUnauthorized && g.PageStatus != 0 {
		p.Status = g.PageStatus
	}
	if err := g.renderer.Render(w, r, p); err != nil {
		return g.fault(w, r, err)
	}
	return nil
}

// frame answers inside a frame: a link to the top window, never a form.
func (g *Gate) frame(w http.ResponseWriter, r, asked *http.Request) error {
	return g.page(w, r, &signin.Page{
		Template: "frame", Status: http.StatusUnauthorized, Title: "Sign in to go on",
		Links: []signin.Link{{URL: returnAddress(asked), Label: "Sign in"}},
	})
}

// refuse answers scripts, API clients, upgrades and speculative loads: they
// cannot show a page, and nothing is begun for them.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("WWW-Authenticate", "Bearer")
	return g.problem(w, r, http.StatusUnauthorized, "Sign-in required",
		"This request has no session. Sign in with a browser at the address in sign_in.",
		map[string]any{"sign_in": g.site.origin + g.Prefix + "signin"})
}

// problem answers who cannot show a page (RFC 9457).
func (g *Gate) problem(w http.ResponseWriter, r *http.Request, status int, title, detail string, more map[string]any) error {
	fields := map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail}
	maps.Copy(fields, more)
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	h := w.Header()
	signin.SecurityHeaders(h, "default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, err = w.Write(append(body, '\n'))
	}
	return err
}

// waiting answers the script of a page that waits for something elsewhere.
func waiting(w http.ResponseWriter, state *signin.Waiting) error {
	signin.SecurityHeaders(w.Header(), "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	return json.NewEncoder(w).Encode(map[string]any{"mark": state.Mark, "wait": state.Wait.Milliseconds()})
}

// redirect goes on with a GET (RFC 9110, section 15.4.4). The address has been
// through SafeReturn, or is an exit that the user chose.
func redirect(w http.ResponseWriter, to string) error {
	signin.SecurityHeaders(w.Header(), "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// reference names the request, for the user to quote and the log to find.
func reference(r *http.Request) string {
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		if id, ok := repl.GetString("http.request.uuid"); ok && len(id) >= 8 {
			return id[:8]
		}
	}
	return ""
}
