package caddyauth

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// gallery shows the pages of a folder of answers, as they are at this moment: an
// operator changes the theme and reloads.
type gallery struct {
	*preview
	dir   string
	local bool // it listens on loopback
}

//go:embed gallery.html
var galleryHTML string

//go:embed gallery.css
var galleryCSS string

var galleryTemplate = template.Must(template.New("gallery").Parse(galleryHTML))

// Policies of what the gallery adds to the pages.
const (
	galleryPolicy   = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
	thumbnailPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"
)

// serve shows the gallery until ctx ends.
func (p *preview) serve(ctx context.Context, out io.Writer, address, dir string) error {
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder: --serve takes one of answers", dir)
	}
	host, port, err := galleryAddress(address)
	if err != nil {
		return err
	}
	if _, err := newRenderer(p.prefix, p.theme); err != nil {
		return err // better now than in the browser
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           &gallery{preview: p, dir: dir, local: okta.IsLoopback(host)},
		ReadHeaderTimeout: 10 * time.Second,
	}
	fmt.Fprintf(out, "The gallery of %s is at http://%s/ (Ctrl-C ends it).\n", dir, listener.Addr())
	if !okta.IsLoopback(host) {
		fmt.Fprintln(out, "Everybody who reaches this address can look at it.")
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// galleryAddress takes HOST:PORT, :PORT or PORT; the host is loopback unless it
// is said otherwise.
func galleryAddress(s string) (host, port string, err error) {
	if !strings.Contains(s, ":") {
		s = ":" + s
	}
	host, port, err = net.SplitHostPort(s)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return "", "", fmt.Errorf("--serve %q is no address, such as :8888 or 127.0.0.1:8888", strings.TrimPrefix(s, ":"))
	}
	return cmp.Or(host, "127.0.0.1"), port, nil
}

func (g *gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if host := (&url.URL{Host: r.Host}).Hostname(); g.local && !okta.IsLoopback(host) {
		// Another site could have its name lead here, and so read the answers
		// in its own name (DNS rebinding).
		g.fail(w, http.StatusForbidden, fmt.Errorf("this gallery is for this machine: open it at 127.0.0.1, not at %q", r.Host))
		return
	}
	if r.URL.Path == "/gallery.css" {
		signin.SecurityHeaders(w.Header(), galleryPolicy)
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = io.WriteString(w, galleryCSS)
		return
	}
	renderer, err := newRenderer(g.prefix, g.theme)
	if err == nil {
		err = g.show(renderer, w, r)
	}
	if err != nil {
		g.fail(w, http.StatusInternalServerError, err)
	}
}

// show answers with a page, or with what a page loads.
func (g *gallery) show(renderer *signin.Renderer, w http.ResponseWriter, r *http.Request) error {
	preview := *g.preview
	if tag := r.URL.Query().Get("language"); tag != "" {
		preview.options.Language = tag
	}
	kind, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	asset, isAsset := strings.CutPrefix(r.URL.Path, g.prefix+"assets/")
	switch {
	case isAsset && renderer.ServeAsset(w, r, asset):
		return nil
	case r.URL.Path == "/":
		return g.index(&preview, renderer, w)
	case strings.HasPrefix(r.URL.Path, g.prefix):
		return g.nowhere(renderer, w, r)
	case kind != "answer" && kind != "thumbnail" || !slices.Contains(g.names(), name):
		g.fail(w, http.StatusNotFound, fmt.Errorf("there is no %s here", r.URL.Path))
		return nil
	}
	page, _, err := g.pageOf(&preview, renderer, name)
	if err != nil {
		return err
	}
	page.Status = http.StatusOK
	page.Unplug()
	if kind == "answer" {
		return renderer.Render(w, r, page)
	}
	// A page must never be in a frame; its picture has no script and no form
	// that could be submitted.
	html, err := renderer.HTML(page)
	if err != nil {
		return err
	}
	signin.SecurityHeaders(w.Header(), thumbnailPolicy)
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(html)
	return err
}

// nowhere answers what would go to Okta.
func (g *gallery) nowhere(renderer *signin.Renderer, w http.ResponseWriter, r *http.Request) error {
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Retry-After", "3600") // a script that waits for something
		g.fail(w, http.StatusServiceUnavailable, errors.New("this is a preview"))
		return nil
	}
	lead := "The form was not sent anywhere."
	if r.Method == http.MethodGet {
		lead = "This link would leave for another site."
	}
	return renderer.Render(w, r, &signin.Page{
		Template: "message", Status: http.StatusOK, Lang: "en", Dir: "ltr",
		Title: "This is a preview", Lead: lead, Links: []signin.Link{{URL: "/", Label: "Back to the gallery"}},
	})
}

// names of the answers.
func (g *gallery) names() []string {
	entries, _ := os.ReadDir(g.dir)
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".json" && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func (g *gallery) pageOf(p *preview, renderer *signin.Renderer, name string) (*signin.Page, string, error) {
	body, err := readInput(nil, filepath.Join(g.dir, name), signin.MaxRecorded)
	if err != nil {
		return nil, "", err
	}
	page, step, err := p.page(renderer, body)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	return page, step, nil
}

// galleryGroups puts pages that are about the same side by side: a page belongs
// where the longest prefix of its step's name is.
var galleryGroups = []struct {
	Name  string
	steps []string
}{
	{"Sign in", []string{"identify", "select-identify", "redirect-idp", "piv-idp", "launch-", "device-", "user-code", "challenge-webauthn-autofillui", "cancel-transaction"}},
	{"Verify", []string{"select-authenticator-authenticate", "authenticator-verification-data", "challenge-", "redirect-idverify", "resend", "poll"}},
	{"Set up", []string{"select-authenticator-enroll", "authenticator-enrollment-data", "enroll-", "select-enrollment-channel", "enrollment-channel-data", "skip"}},
	{"Passwords and recovery", []string{"identify-recovery", "reset-", "reenroll-", "unlock-account", "select-authenticator-unlock-account", "request-activation-email"}},
	{"Sign up", []string{"enroll-profile", "select-enroll-profile", "profile-update"}},
	{"Questions", []string{"consent", "admin-consent", "granular-consent", "email-challenge-consent", "keep-me-signed-in", "device-assurance"}},
	{"Other steps", []string{""}},
	{"Ends", nil},
}

func groupOf(step string) int {
	found, longest := len(galleryGroups)-1, -1
	for i, group := range galleryGroups {
		for _, prefix := range group.steps {
			if step != "" && strings.HasPrefix(step, prefix) && len(prefix) > longest {
				found, longest = i, len(prefix)
			}
		}
	}
	return found
}

// card is one page in the gallery.
type card struct {
	Name, Address, Thumbnail string
	Title, Step, Generic     string
}

// index lists all pages.
func (g *gallery) index(p *preview, renderer *signin.Renderer, w http.ResponseWriter) error {
	type group struct {
		Name, ID string
		Cards    []card
	}
	view := struct {
		Dir, Theme, Language string
		Languages            []string
		Groups               []group
		Problems             []string
	}{Dir: g.dir, Theme: g.theme, Language: cmp.Or(p.options.Language, "en"), Languages: renderer.Languages()}
	groups := make([]group, len(galleryGroups))
	query := ""
	if p.options.Language != "" {
		query = "?" + url.Values{"language": {p.options.Language}}.Encode()
	}
	for _, name := range g.names() {
		page, step, err := g.pageOf(p, renderer, name)
		if err != nil {
			view.Problems = append(view.Problems, err.Error())
			continue
		}
		i := groupOf(step)
		groups[i].Name, groups[i].ID = galleryGroups[i].Name, "group-"+strconv.Itoa(i)
		groups[i].Cards = append(groups[i].Cards, card{
			Name: strings.TrimSuffix(name, ".json"), Address: "/answer/" + url.PathEscape(name) + query, Thumbnail: "/thumbnail/" + url.PathEscape(name) + query,
			Title: page.Title, Step: step, Generic: page.Generic,
		})
	}
	view.Groups = slices.DeleteFunc(groups, func(g group) bool { return len(g.Cards) == 0 })
	signin.SecurityHeaders(w.Header(), galleryPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return galleryTemplate.Execute(w, view)
}

// fail tells the operator what is wrong.
func (g *gallery) fail(w http.ResponseWriter, status int, err error) {
	signin.SecurityHeaders(w.Header(), galleryPolicy)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, err)
}
