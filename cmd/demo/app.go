package main

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

//go:embed app.html
var appHTML string

var appPage = template.Must(template.New("app").Parse(appHTML))

// header is one line that the application received.
type header struct {
	Name, Value string
	Identity    bool // it says who the user is
}

// legacyApp knows nothing of sign-in: it believes the request headers, as such
// applications do, and prints them. Programs get JSON.
func legacyApp() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "uri": r.RequestURI, "headers": r.Header})
			return
		}
		var headers []header
		for name, values := range r.Header {
			for _, v := range values {
				headers = append(headers, header{name, v, isIdentity(name)})
			}
		}
		slices.SortFunc(headers, func(a, b header) int {
			if a.Identity != b.Identity {
				if a.Identity {
					return -1
				}
				return 1
			}
			return strings.Compare(a.Name, b.Name)
		})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = appPage.Execute(w, map[string]any{
			"Name": r.Header.Get("X-Forwarded-Name"), "Address": r.RequestURI, "Headers": headers,
		})
	})
}

// isIdentity tells the headers that the sidecar added from Caddy's own.
func isIdentity(name string) bool {
	switch name {
	case "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto":
		return false
	}
	return strings.HasPrefix(name, "X-Forwarded-")
}
