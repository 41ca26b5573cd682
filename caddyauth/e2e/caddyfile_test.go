package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// Caddyfile is a site http://localhost:{$PORT} that signs in at the org and
// passes requests to the application. lines are more subdirectives of
// okta_auth.
func Caddyfile(org *Org, echo *Echo, lines ...string) string {
	return SiteBlock("http://localhost:{$PORT}", GateBlock(org, lines...), "reverse_proxy "+echo.Addr)
}

// GateBlock is okta_auth for the org's custom authorization server and its
// confidential client. A line that begins with issuer, client_id or
// client_secret takes the place of the default one.
func GateBlock(org *Org, lines ...string) string {
	state := org.State()
	block := []string{"okta_auth {"}
	for _, preset := range [][2]string{{"issuer", state.Issuer}, {"client_id", state.ClientID}, {"client_secret", state.ClientSecret}} {
		given := false
		for _, line := range lines {
			given = given || strings.HasPrefix(strings.TrimSpace(line), preset[0]+" ")
		}
		if !given {
			block = append(block, "\t"+preset[0]+" "+preset[1])
		}
	}
	for _, line := range lines {
		block = append(block, "\t"+line)
	}
	return strings.Join(append(block, "}"), "\n")
}

// SiteBlock is a site of these directives.
func SiteBlock(address string, directives ...string) string {
	return fmt.Sprintf("%s {\n%s\n}\n", address, strings.Join(directives, "\n"))
}

// world is what most tests need: an org, an application, and a site between.
type world struct {
	*testing.T
	org  *Org
	echo *Echo
	site *Site
}

func newWorld(t *testing.T, lines ...string) *world {
	t.Helper()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	w.site = StartSite(t, Caddyfile(w.org, w.echo, lines...))
	return w
}

// newSecureWorld has its site at https://localhost, with Caddy's own CA.
func newSecureWorld(t *testing.T, lines ...string) *world {
	t.Helper()
	w := &world{T: t, org: StartOrg(t), echo: StartEcho(t)}
	w.site = StartSite(t, SiteBlock("https://localhost:{$PORT}", "tls internal", GateBlock(w.org, lines...), "reverse_proxy "+w.echo.Addr))
	return w
}

func (w *world) browser() *Browser { w.Helper(); return NewBrowser(w.T, w.site) }

// Users of the demonstration org.
const (
	ada         = "ada@example.com"
	adaPassword = "correct horse battery"

	grace         = "grace@example.com"
	gracePassword = "navy-compiler-1952"
)

func user(login, password string) oktasim.User { return oktasim.User{Login: login, Password: password} }

// signedIn is a browser that Ada has signed in with; what that cost is
// forgotten.
func (w *world) signedIn() *Browser {
	w.Helper()
	b := w.browser()
	b.SignIn("/", ada, adaPassword)
	w.echo.Reset()
	w.org.ResetCalls()
	return b
}

func mustParse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u
}
