package caddyauth

import (
	"net/http"
	"strings"

	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// isNavigation tells whether the request is a person's browser going to a page,
// so that the answer is shown to them. Browsers say so (Fetch Metadata,
// Sec-Fetch-Mode and -Dest); for those that do not, a wish for HTML without any
// sign of a script is taken for one. Only a navigation begins a sign-in.
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return false
	}
	if isUpgrade(r) || isSpeculative(r) || r.Header.Get("X-Requested-With") != "" {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		dest := r.Header.Get("Sec-Fetch-Dest")
		return mode == "navigate" && (dest == "document" || dest == "")
	}
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), "text/html")
}

// isFrame tells whether the answer would be shown inside a frame, where a
// password must not be asked for: the page around it may be anybody's.
func isFrame(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "frame", "iframe", "embed", "object", "fencedframe":
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && !isSpeculative(r)
	}
	return false
}

// isSpeculative tells whether the browser only prepares for a navigation that
// may never come, or asks for a service worker's script.
func isSpeculative(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch" ||
		r.Header.Get("X-Moz") == "prefetch" || r.Header.Get("Service-Worker") != ""
}

func isUpgrade(r *http.Request) bool {
	return r.Header.Get("Upgrade") != "" || r.Method == http.MethodConnect
}

// returnAddress is where a user who signs in goes on to: the very address that
// was asked for, as the client wrote it.
func returnAddress(asked *http.Request) string {
	if to, ok := signin.SafeReturn(asked.URL.RequestURI()); ok {
		return to
	}
	return "/"
}
