package caddyauth

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// CookieSettings are what may be changed about the cookies. They are always
// HttpOnly, and on https Secure with a prefix to their names.
type CookieSettings struct {
	// The name that all names of the cookies begin with. Default: `okta_auth`.
	Name string `json:"name,omitempty"`
	// Whether the session goes with requests from other sites: `lax`, with a
	// link's; `strict`, with none, and who follows a link is asked for once more
	// from here; `none`, with all, for an application inside
	// another site's frames. Default: `lax`.
	SameSite string `json:"same_site,omitempty"`
	// A domain whose hosts share the session, if their okta_auth has the same
	// issuer, client, key and name: who signs in at one is signed in at all, and
	// who signs out at one signs out of all. Every host below the domain gets the
	// cookie, those that are none of yours too, and can set another one in its
	// place. Default: none, each site has its own.
	Domain string `json:"domain,omitempty"`
}

// cookies of ours. A gate with a prefix of its own has cookies of its own, so
// that two on one host do not meet: "!" may stand in a cookie's name (RFC 9110,
// token) and not in a prefix.
type cookies struct {
	session, signIn, device, tries session.Cookie
	list                           []session.Cookie // all of them
}

func (g *Gate) prepareCookies(caddy.Context) error {
	var settings CookieSettings
	if g.Cookie != nil {
		settings = *g.Cookie
	}
	base, err := settings.cookie(g.site.secure)
	if err != nil {
		return err
	}
	suffix := ""
	if g.Prefix != DefaultPrefix {
		suffix = strings.ReplaceAll(strings.TrimSuffix(g.Prefix, "/"), "/", "!")
	}
	name := func(what string) session.Cookie {
		return session.Cookie{Name: base.Name + what + suffix, Secure: base.Secure}
	}
	c := cookies{session: name(""), signIn: name("_signin"), device: name("_device"), tries: name("_tries")}
	c.session.SameSite, c.session.Domain = base.SameSite, base.Domain
	if settings.Domain != "" {
		switch host := g.site.hostname(); {
		case host == "":
			return fmt.Errorf("cookie domain %q: it is not known which hosts the site has: add public_url https://app.%[1]s", settings.Domain)
		case !base.Covers(host):
			return fmt.Errorf("cookie domain %q: browsers at %s would refuse such a cookie: write the domain that the site is in", settings.Domain, g.site.origin)
		}
	}
	c.list = []session.Cookie{c.session, c.signIn, c.device, c.tries}
	for _, one := range c.list {
		if err := one.Check(); err != nil {
			return err
		}
	}
	if base.SameSite == http.SameSiteNoneMode {
		g.logger.Warn("cookie same_site none: pages of any site can make requests in the name of your users, unless the application guards itself")
	}
	if settings.Domain != "" {
		g.logger.Warn("cookie domain: every host below it gets the session cookie and can set another one", "domain", settings.Domain)
	}
	g.cookies = c
	return nil
}

// cookie is the session's, but for what a prefix adds to its name.
func (s CookieSettings) cookie(secure bool) (session.Cookie, error) {
	c := session.Cookie{Name: cmp.Or(s.Name, "okta_auth"), Secure: secure, Domain: s.Domain}
	switch s.SameSite {
	case "", "lax":
	case "strict":
		c.SameSite = http.SameSiteStrictMode
	case "none":
		c.SameSite = http.SameSiteNoneMode
	default:
		return c, fmt.Errorf("cookie same_site %q: there are lax, strict and none", s.SameSite)
	}
	return c, c.Check()
}

// withheld tells whether the browser may have a session and keep it back: of a
// strict cookie a page learns nothing when another site has led to it, be it Okta at
// the end of a sign-in.
func (g *Gate) withheld(r *http.Request) bool {
	return g.cookies.session.SameSite == http.SameSiteStrictMode && r.Method == http.MethodGet &&
		r.Header.Get("Sec-Fetch-Site") == "cross-site" && !g.cookies.session.Present(r)
}

// askAgain makes the browser ask for the same page once more, by itself and from
// this site, so that it brings all its cookies.
func (g *Gate) askAgain(w http.ResponseWriter, r, asked *http.Request) error {
	w.Header().Set("Refresh", "0")
	return g.page(w, r, &signin.Page{
		Template: "message", Status: http.StatusOK, Title: "One moment",
		Links: []signin.Link{{URL: returnAddress(asked), Label: "Go on"}},
	})
}

// sessionHost is what a session is bound to: the host, or the domain whose hosts
// share it.
func (g *Gate) sessionHost(r *http.Request) string {
	if g.cookies.session.Domain != "" {
		return g.sessionSite()
	}
	return g.site.host(r)
}

// sessionSite is sessionHost for sites of one host.
func (g *Gate) sessionSite() string {
	if domain := g.cookies.session.Domain; domain != "" {
		return "." + domain
	}
	return g.site.origin
}

// cookie takes a block.
//
//	cookie {
//	    name      <name>
//	    same_site <lax|strict|none>
//	    domain    <domain>
//	}
func (p *parser) cookie() error {
	settings := new(CookieSettings)
	p.gate.Cookie = settings
	p.Prev() // the block is read like a store's, whose name comes first
	return storeBlock(p.Dispenser, map[string]any{
		"name": &settings.Name, "same_site": &settings.SameSite, "domain": &settings.Domain,
	}, func() error {
		_, err := settings.cookie(true) // whether it is https is not known here
		return err
	})
}
