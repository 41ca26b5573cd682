package oktasim

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// guard refuses a request that was not addressed to this machine. A simulator
// that accepts published secrets must not be mistaken for an org, and a page
// elsewhere must not reach it by pointing its own name here (DNS rebinding).
func (s *Server) guard(w http.ResponseWriter, r *http.Request) bool {
	if s.Exposed || isLoopback(hostname(r.Host)) {
		return true
	}
	http.Error(w, fmt.Sprintf("oktasim is a simulator and answers on loopback hosts only (localhost, 127.0.0.1, [::1]), not on %q (see -i-know-this-is-a-simulator)", r.Host), http.StatusMisdirectedRequest)
	return false
}

func hostname(hostport string) string {
	return (&url.URL{Host: hostport}).Hostname()
}

func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func isLoopbackURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && isLoopback(u.Hostname())
}

// baseURL is the org's address as the client of this request wrote it.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// allowOrigin lets a page read the answer, cookies included, so the origin is
// echoed and never "*": a page of any loopback origin, and of one where a
// client has a redirect URI. It reports whether the request was a preflight,
// which is then answered.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) (preflight bool) {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	preflight = r.Method == http.MethodOptions
	if isLoopbackURL(origin) || s.hasRedirectURI(origin) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "dpop-nonce, www-authenticate, x-okta-request-id, x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-reset")
		if preflight {
			h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			h.Set("Access-Control-Max-Age", "600")
		}
	}
	if preflight {
		w.WriteHeader(http.StatusNoContent)
	}
	return preflight
}

// hasRedirectURI reports whether a redirect URI of a client is of that origin.
func (s *Server) hasRedirectURI(origin string) bool {
	return origin != "" && slices.ContainsFunc(s.Clients, func(c Client) bool {
		return slices.ContainsFunc(c.RedirectURIs, func(uri string) bool {
			u, err := url.Parse(uri)
			return err == nil && u.Scheme+"://"+u.Host == origin
		})
	})
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// randomText is n letters and digits that cannot be guessed (5.9 bits each).
func randomText(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		var block [64]byte
		rand.Read(block[:])
		for _, b := range block {
			// 248 is the largest multiple of 62 in a byte: no letter is likelier.
			if b < 248 && len(out) < n {
				out = append(out, letters[b%62])
			}
		}
	}
	return string(out)
}

// oktaID makes an id of Okta's form, a prefix and 17 characters, which is the
// same for the same parts at every start.
func oktaID(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	out := []byte(prefix)
	for _, b := range sum[:17] {
		out = append(out, letters[b%62])
	}
	return string(out)
}
