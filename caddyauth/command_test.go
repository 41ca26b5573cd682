package caddyauth

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// run runs "caddy okta-auth" with these arguments, and returns what it writes.
func run(args ...string) (string, error) {
	root := &cobra.Command{Use: "okta-auth"}
	caddycmd.Commands()["okta-auth"].CobraFunc(root)
	var out strings.Builder
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.Execute()
	return out.String(), err
}

func TestHealthCommand(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/healthy")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthy", answer(200, `{"status":"ok"}`))
	mux.HandleFunc("/empty", answer(200, ""))
	mux.HandleFunc("/page", answer(200, "<p>secret-of-the-page"))
	mux.HandleFunc("/other", answer(200, `{"status":"starting"}`))
	mux.HandleFunc("/no-key", answer(503, "secret-of-the-page"))
	mux.HandleFunc("/away", answer(302, ""))
	mux.HandleFunc("/hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	defer server.Close()
	gone := httptest.NewServer(mux)
	gone.Close()

	for _, test := range []struct{ name, url, want string }{
		{"healthy", server.URL + "/healthy", ""},
		{"a site that Caddy does not have", server.URL + "/empty", "answers 200, but not for okta_auth"},
		{"the application's page", server.URL + "/page", "answers 200, but not for okta_auth"},
		{"another JSON", server.URL + "/other", "answers 200, but not for okta_auth"},
		{"no key", server.URL + "/no-key", "answers 503 Service Unavailable"},
		{"a redirect", server.URL + "/away", "answers 302 Found"},
		{"nobody there", gone.URL + "/healthy", "connection refused"},
		{"no answer", server.URL + "/hangs", "--timeout is 20ms"},
		{"a password in the address", strings.Replace(server.URL, "//", "//me:hunter2@", 1) + "/no-key", "me:xxxxx@"},
		{"no address", "hunter2:8080/health", "--url is not an address such as http://127.0.0.1:8080/.okta/health"},
		{"no host", "/.okta/health", "--url is not an address"},
		{"another scheme", "file:///etc/passwd", "--url is not an address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			timeout := "10s"
			if strings.HasPrefix(test.want, "--timeout") {
				timeout = "20ms"
			}
			out, err := run("health", "--timeout", timeout, "--url", test.url)
			if test.want == "" {
				if err != nil || out != "" {
					t.Errorf("%v, %q", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(out, test.want) || strings.Count(out, "\n") != 1 {
				t.Errorf("%v, %q; want one line with %q", err, out, test.want)
			}
			for _, secret := range []string{"hunter2", "secret-of-the-page"} {
				if strings.Contains(out, secret) {
					t.Errorf("it tells %q", secret)
				}
			}
		})
	}
}

// The health check of a supervisor must not pass because of a typo in it.
func TestMisspeltCommandFails(t *testing.T) {
	for _, args := range [][]string{{"helth"}, {"health", "http://127.0.0.1:8080"}, {"health", "--uri", "x"}} {
		if out, err := run(args...); err == nil {
			t.Errorf("%q passes: %s", args, out)
		}
	}
	if out, err := run(); err != nil || !strings.Contains(out, "health") {
		t.Errorf("no help: %v, %s", err, out)
	}
}
