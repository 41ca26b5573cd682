package signin

import "net/http"

// What a page may load: its own stylesheet, script and images, nothing else.
// There is no form-action: Chromium applies it to the whole redirect chain of a
// post, and would strand a user whose application lands on another origin.
const (
	pageSources = "default-src 'none'; style-src 'self'; script-src 'self'; " +
		"img-src 'self' data:; connect-src 'self'; base-uri 'none'"

	// PagePolicy is the Content-Security-Policy of every page but "frame".
	PagePolicy = pageSources + "; frame-ancestors 'none'"

	// framePolicy lets the page "frame", and only it, be seen in a frame: it
	// stands where the application would have stood in its own site's frame,
	// and holds one link and nothing that a click could be stolen for.
	framePolicy = pageSources + "; frame-ancestors 'self'"
)

// SecurityHeaders sets what every answer of ours carries. An empty csp is
// PagePolicy.
func SecurityHeaders(h http.Header, csp string) {
	if csp == "" {
		csp = PagePolicy
	}
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// With "no-referrer" our own posts would carry "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}
