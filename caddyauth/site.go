package caddyauth

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"golang.org/x/net/idna"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// DefaultPrefix of this module's own paths.
const DefaultPrefix = "/.okta/"

// site is where browsers find the application.
type site struct {
	origin      string // https://app.example.com; "" where one config serves several hosts
	secure      bool   // cookies are Secure and carry the __Host- prefix
	redirectURI string
}

// replace expands global placeholders in the config, once. One that gives
// nothing is an error: an empty client_secret would silently make a public
// client of a confidential one.
func (g *Gate) replace(caddy.Context) error {
	repl := caddy.NewReplacer()
	fields := []setting{
		{"issuer", &g.Issuer}, {"client_id", &g.ClientID}, {"client_secret", &g.ClientSecret},
		{"public_url", &g.PublicURL}, {"redirect_uri", &g.RedirectURI}, {"theme", &g.Theme}, {"client_secret_file", &g.ClientSecretFile},
	}
	for i := range g.Keys {
		fields = append(fields, setting{"key", &g.Keys[i]})
	}
	if g.Assertion != nil {
		for i := range g.Assertion.Audience {
			fields = append(fields, setting{"assertion audience", &g.Assertion.Audience[i]})
		}
	}
	if g.ProxySecret != nil {
		fields = append(fields, setting{"proxy_secret " + g.ProxySecret.Name, &g.ProxySecret.Value})
	}
	for _, f := range fields {
		if *f.value == "" {
			continue
		}
		v, err := repl.ReplaceOrErr(*f.value, true, true)
		if err != nil {
			return fmt.Errorf("%s is %q: %w: set the variable or file that it names", f.name, *f.value, err)
		}
		*f.value = strings.TrimRight(v, "\r\n")
	}
	return nil
}

// setting is a value of the config and its name in errors.
type setting struct {
	name  string
	value *string
}

// expandGlobal gives the text of one of Caddy's placeholders inside the value of
// a header.
func expandGlobal(placeholder string) (string, error) {
	whole := "{" + placeholder + "}"
	if !globalPlaceholder.MatchString(whole) {
		return "", errors.New("there is none of this name: there are {claim.NAME}, {token.access}, {token.id}, {token.assertion}, {env.NAME} and {file.PATH}")
	}
	text, err := caddy.NewReplacer().ReplaceOrErr(whole, true, true)
	if err != nil {
		return "", fmt.Errorf("%w: set the variable or file that it names", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

// globalPlaceholder finds the placeholders that are replaced at load.
var globalPlaceholder = regexp.MustCompile(`\{(env|file|system|time)\.[^{}]*\}`)

// checkPageStatus accepts the two statuses that a sign-in page can have.
func checkPageStatus(s string) error {
	if s != "200" && s != "401" {
		return fmt.Errorf("page_status %q is neither 401 nor 200", s)
	}
	return nil
}

// checkPrefix accepts a plain path with both slashes.
func checkPrefix(p string) error {
	if len(p) < 3 || p[0] != '/' || p[len(p)-1] != '/' || strings.Contains(p, "//") || strings.Contains(p, "/../") || strings.Contains(p, "/./") ||
		strings.ContainsFunc(p, func(r rune) bool {
			return !(r == '/' || r == '.' || r == '-' || r == '_' || r == '~' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}) {
		return fmt.Errorf("prefix %q is not a path of its own: write it like %s, with a slash on both ends and only letters, digits and - _ . ~ between", p, DefaultPrefix)
	}
	return nil
}

// findSite settles public_url and redirect_uri.
func (g *Gate) findSite(ctx caddy.Context) (site, error) {
	var s site
	public := g.PublicURL
	if public == "" {
		guess, why := siteAddress(ctx)
		switch {
		case guess != "":
			public = guess
		case g.RedirectURI == "":
			return s, fmt.Errorf("public_url is missing and %s: add the address that browsers use, such as: public_url https://app.example.com", why)
		}
	}
	if public != "" {
		u, err := parsePublicURL(public)
		if err != nil {
			return s, err
		}
		s.origin, s.secure = okta.Origin(u), u.Scheme == "https"
	}
	s.redirectURI = g.RedirectURI
	if s.redirectURI == "" {
		s.redirectURI = s.origin + g.Prefix + "callback"
	}
	if s.origin == "" {
		s.secure = strings.HasPrefix(s.redirectURI, "https:")
	}
	return s, checkRedirectURI(s.redirectURI)
}

// checkCallback sees to it that a browser that visits another site comes back to
// where its cookies are. For sign-in without such visits any registered address
// serves.
func (g *Gate) checkCallback(caddy.Context) error {
	here := g.site.origin + g.Prefix + signin.CallbackPath
	switch {
	case g.site.redirectURI == here:
	case g.ContinueAtOkta && g.site.origin == "":
		return errors.New("continue_at_okta needs to know where browsers come back to: add public_url https://app.example.com")
	case g.ContinueAtOkta:
		return fmt.Errorf("continue_at_okta needs redirect_uri %s (it is %s): register that at Okta, and leave redirect_uri out", here, g.site.redirectURI)
	default:
		g.logger.Info("identity providers, smart cards and links in e-mails will not come back to this site: they lead to redirect_uri", "redirect_uri", g.site.redirectURI, "this_site", here)
	}
	return nil
}

func checkRedirectURI(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Fragment != "" {
		return fmt.Errorf("redirect_uri %q is not an address: write it as it is registered at Okta, such as https://app.example.com/.okta/callback", s)
	}
	if u.Scheme == "http" && !okta.IsLoopback(u.Hostname()) {
		return fmt.Errorf("redirect_uri %q is plain http: use https (http is accepted on loopback only)", s)
	}
	return nil
}

// parsePublicURL accepts https://host[:port], and http on loopback: anywhere
// else, cookies and passwords would travel in the clear.
func parsePublicURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err == nil && strings.ContainsFunc(u.Host, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			ascii = "xn--..."
		}
		return nil, fmt.Errorf("public_url %q has a host that browsers write otherwise: write it as %s://%s", s, u.Scheme, ascii)
	}
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.ContainsAny(u.Host, "*{}") {
		return nil, fmt.Errorf("public_url %q is not an address: write it as https://app.example.com", s)
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("public_url %q has more than scheme and host: write it as %s://%s", s, u.Scheme, u.Host)
	}
	if u.Scheme == "http" && !okta.IsLoopback(u.Hostname()) {
		return nil, fmt.Errorf("public_url %q is plain http: use https, also when TLS ends at a proxy in front: public_url https://%s (http works on loopback only)", s, u.Host)
	}
	return u, nil
}

// siteName is the site's address as its matchers say it, for errors.
func siteName(ctx caddy.Context) string {
	if srv, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok && srv != nil {
		if route := currentRoute(srv); route != nil && len(hostsOf(*route)) > 0 {
			return strings.Join(hostsOf(*route), ", ")
		}
		return "the site at " + strings.Join(srv.Listen, ", ")
	}
	return "a site"
}

// warnForwarded warns of a trap in Caddy's configuration: without strict, the
// client's address is the left-most of X-Forwarded-For, which the client itself
// writes where a proxy appends to it (CVE-2024-21494's kind). Okta's limits,
// zones and device rules go by it.
func (g *Gate) warnForwarded(ctx caddy.Context) {
	srv, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if ok && srv != nil && srv.TrustedProxiesRaw != nil && srv.TrustedProxiesStrict == 0 {
		g.logger.Warn("trusted_proxies without trusted_proxies_strict: a client behind a proxy that appends to X-Forwarded-For chooses the address that Okta and the log get; add trusted_proxies_strict to servers")
	}
}

// siteAddress is the single address of the site that the gate is being set up
// in, when that is https or loopback; else why it is not known.
func siteAddress(ctx caddy.Context) (address, why string) {
	srv, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || srv == nil {
		return "", "the site's address is not known"
	}
	var hosts []string
	if route := currentRoute(srv); route != nil {
		hosts = hostsOf(*route)
	}
	switch {
	case len(hosts) == 0:
		return "", "the site's address names no host"
	case len(hosts) > 1:
		return "", fmt.Sprintf("the site has several addresses (%s)", strings.Join(hosts, ", "))
	case strings.ContainsAny(hosts[0], "*{}"):
		return "", fmt.Sprintf("the site's address %q stands for several hosts", hosts[0])
	}
	scheme, usual := "http", "80"
	if len(srv.TLSConnPolicies) > 0 {
		scheme, usual = "https", "443"
	}
	host := hosts[0]
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if len(srv.Listen) == 1 {
		if addr, err := caddy.ParseNetworkAddress(srv.Listen[0]); err == nil && addr.StartPort == addr.EndPort {
			if port := fmt.Sprint(addr.StartPort); addr.StartPort != 0 && port != usual {
				host = net.JoinHostPort(hosts[0], port)
			}
		}
	}
	if scheme == "http" && !okta.IsLoopback(hosts[0]) {
		return "", fmt.Sprintf("the site http://%s is plain http on a host that is not loopback", host)
	}
	return scheme + "://" + host, ""
}

// errForeign refuses a post that does not come from one of our own pages.
var errForeign = errors.New("the post does not come from this site")

// checkOrigin closes cross-site request forgery: what the browser says about
// where a post comes from (Origin, RFC 6454 section 7; Sec-Fetch-Site, Fetch
// Metadata) must be this very origin. A sibling domain is foreign too. Browsers
// that say neither are left to the form's token.
func (s site) checkOrigin(r *http.Request) error {
	if fetchSite := r.Header.Values("Sec-Fetch-Site"); len(fetchSite) > 0 && (len(fetchSite) > 1 || fetchSite[0] != "same-origin") {
		return errForeign
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return nil
	}
	if len(origins) > 1 {
		return errForeign
	}
	if s.origin != "" {
		if !strings.EqualFold(origins[0], s.origin) {
			return errForeign
		}
		return nil
	}
	u, err := url.Parse(origins[0])
	if err != nil || !strings.EqualFold(u.Host, r.Host) || s.secure && u.Scheme != "https" {
		return errForeign
	}
	return nil
}

// hostname is the configured host without its port; "" where there are several.
func (s site) hostname() string {
	u, err := url.Parse(s.origin)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// host that cookies are bound to: the configured one, or, where one config
// serves several hosts, the one that Caddy matched.
func (s site) host(r *http.Request) string {
	if s.origin != "" {
		return s.origin
	}
	return strings.ToLower(r.Host)
}
