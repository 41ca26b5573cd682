package caddyauth

import (
	"encoding/json"
	"log/slog"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-okta/caddy-okta/caddyauth/assertion"
	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

func init() {
	caddy.RegisterModule(Gate{})
}

// Gate stands in front of an application and lets nobody through who has not
// signed in at an Okta org. A navigation without a session gets Okta's sign-in,
// every step of it, as a page at the address that was asked for; the browser
// does not leave the site (Okta: the Interaction Code grant, "sign users in
// without redirection"). Requests that go on carry identity headers; headers of
// those names that a client sends are always removed first.
//
// Placeholders set for requests of a signed-in user:
//
// Placeholder | Description
// ------------|---------------
// `{http.auth.user.id}` | The user's preferred_username, or sub where there is none. Access logs show it as user_id.
// `{http.auth.user.CLAIM}` | A claim that the session keeps: those of the identity headers and of `claims`.
//
// Global placeholders such as `{env.NAME}` and `{file.PATH}` work in `issuer`,
// `client_id`, `client_secret`, `public_url`, `redirect_uri`, `keys`, `theme` and
// in the values of `header_up`, `cookie_up`, `basic_auth_up`, `proxy_secret` and
// `audience`; they are replaced once, when the config is loaded.
type Gate struct {
	// The authorization server: `https://ORG/oauth2/NAME` for a custom one,
	// `https://ORG` for the org's own. Required. Plain http is accepted on
	// loopback only.
	Issuer string `json:"issuer,omitempty"`
	// The application's client ID. Required.
	ClientID string `json:"client_id,omitempty"`
	// The application's client secret. Default: none, a public client, which
	// PKCE alone protects.
	ClientSecret string `json:"client_secret,omitempty"`
	// A file with the client secret on a line of its own, instead of
	// `client_secret`; with the next one on a first line while it is being
	// changed. It is read again when it changes, without a reload. Default: none.
	ClientSecretFile string `json:"client_secret_file,omitempty"`
	// Scopes to ask for. Default: `openid profile email offline_access`, and
	// `groups` where the authorization server lists it.
	Scopes []string `json:"scopes,omitempty"`

	// The address that browsers use for this site, without a path:
	// `https://app.example.com`. It decides whether cookies are Secure, and
	// which Origin a post must come from. Default: the site's own address, when
	// it has a single one that is https or loopback. It is never taken from a
	// request.
	PublicURL string `json:"public_url,omitempty"`
	// A sign-in redirect URI of the application at Okta. Okta wants a
	// registered one though nothing visits it without an identity provider, so
	// one can serve any number of sites. Default: `PUBLIC_URL/.okta/callback`.
	RedirectURI string `json:"redirect_uri,omitempty"`
	// Where this module's own paths are. Default: `/.okta/`.
	Prefix string `json:"prefix,omitempty"`

	// Secrets that seal cookies, each of at least 32 characters. The first
	// seals, all open, so that a new one can be put in front of an old one.
	// Default: one that is made at the first request and kept in Caddy's
	// storage, which replicas may share.
	Keys []string `json:"keys,omitempty"`

	// A folder with the operator's own templates, stylesheet, logo and words,
	// which go before the built-in ones. Default: none.
	Theme string `json:"theme,omitempty"`
	// The status of the sign-in page where nothing was accepted yet: 401, or 200
	// for proxies in front that put a page of their own in place of a 4xx.
	// Default: 401.
	PageStatus int `json:"page_status,omitempty"`
	// A name to begin sign-ins with; Okta gets it and the page shows it.
	// Default: none.
	LoginHint string `json:"login_hint,omitempty"`
	// Take the name from `/.okta/signin?login_hint=` too. Anybody can make such
	// a link. Default: false.
	AllowLoginHint bool `json:"allow_login_hint,omitempty"`
	// Where a step cannot be done at this address (a passkey of another domain,
	// a captcha), offer a link that signs in on Okta's own pages instead, by
	// authorization code, and comes back. The application at Okta needs the
	// grant type "Authorization Code" and the redirect URI
	// `PUBLIC_URL/.okta/callback`. Default: false.
	ContinueAtOkta bool `json:"continue_at_okta,omitempty"`

	// Where sessions are kept. Default: `cookie`.
	SessionRaw json.RawMessage `json:"session,omitempty" caddy:"namespace=http.okta_auth.stores inline_key=store"`
	// The cookies: their name and attributes.
	Cookie *CookieSettings `json:"cookie,omitempty"`
	// Who learns that a session was ended early, by sign-out, by an administrator
	// or by Okta's Universal Logout: `shared`, every process that has the same
	// Redis or, with the other stores, the same storage of Caddy's; `process`,
	// this one. Default: `shared`.
	Revocation string `json:"revocation,omitempty"`

	// How long a session lasts at most, from sign-in. Default: 12h.
	Lifetime caddy.Duration `json:"lifetime,omitempty"`
	// How long a session lasts without a request. Default: 1h.
	Idle caddy.Duration `json:"idle,omitempty"`
	// How long the session of a user who asked to be kept signed in lasts, used or
	// not, in place of both. Default: as long as any other.
	Remember caddy.Duration `json:"remember,omitempty"`
	// After how long Okta is asked whether the user may still sign in, and for the
	// claims, by a refresh. A session that cannot be refreshed ends then. Default:
	// when the access token expires.
	Recheck caddy.Duration `json:"recheck,omitempty"`
	// Requests that do not count as use of the session: a page that polls.
	// Default: none.
	IdleExclude *Paths `json:"idle_exclude,omitempty"`
	// How long a session is kept beyond the end of its access token while Okta
	// does not answer. Default: 15m.
	OktaDownGrace caddy.Duration `json:"okta_down_grace,omitempty"`

	// Leave Cache-Control of the application's responses to signed-in users as it
	// is, also where there is none. Default: false, and one that has none gets
	// `private`.
	UpstreamCache bool `json:"upstream_cache,omitempty"`

	// End the session at Okta too when a user signs out, where this sign-in sent
	// the browser there. The application at Okta needs the sign-out redirect URI
	// `PUBLIC_URL/.okta/signout`. Default: false; there is none otherwise.
	OktaSignOut bool `json:"okta_sign_out,omitempty"`
	// A path of the application's own that signs out: it never gets to the
	// application. Default: none.
	SignOutPath string `json:"sign_out_path,omitempty"`
	// A header of the application's responses that signs the user out, whatever its
	// value. It never gets to the browser. Default: none.
	SignOutHeader string `json:"sign_out_header,omitempty"`
	// Addresses on other sites that sign-out may lead to, by `?return_to=`. Each is
	// an origin, `https://www.example.com`, or with a path that address alone.
	// Default: none, and it leads to paths of this site.
	SignOutReturn []string `json:"sign_out_return,omitempty"`
	// What browsers are told to forget at sign-out: `cache`, `cookies`, `storage`
	// (Clear-Site-Data). Default: nothing but our own cookies.
	ClearSiteData []string `json:"clear_site_data,omitempty"`
	// Further names that the org signs requests of Universal Logout as, beside the
	// issuer and the org's base URL: its custom domains. Default: none.
	LogoutIssuers []string `json:"logout_issuers,omitempty"`

	// Which requests need a session: those that one of these matcher sets
	// matches, either as the client sent them or as they are now, after a
	// rewrite. Default: all.
	MatcherSetsRaw caddyhttp.RawMatcherSets `json:"match,omitempty" caddy:"namespace=http.matchers"`
	// Requests that need no session and get no identity. Default: none.
	Public *Paths `json:"public,omitempty"`
	// Requests that need no session and get the identity of a user who has one.
	// Default: none.
	Optional *Paths `json:"optional,omitempty"`
	// Requests that never get a page: without a session 401, for a user whom the
	// rules keep out 403, both with JSON. Default: none; other requests are told
	// apart by what the client says of itself.
	API *Paths `json:"api,omitempty"`

	// Who may pass. The first rule that is about the request and whose condition
	// holds decides; where none does, nobody passes. Where there are rules or
	// paths above, a path that can be read in several ways (dot segments,
	// encoded slashes and dots, backslashes, control characters) is refused with
	// 400. Default: no rules, and every signed-in user passes.
	Rules []Rule `json:"rules,omitempty"`
	// Whom to ask for access: a sentence for the page of users whom the rules
	// keep out. Default: none.
	Contact string `json:"contact,omitempty"`

	// Sets of identity headers, by application. Default: `default`.
	Identity []Preset `json:"identity,omitempty"`
	// Identity headers for the application, beside or instead of those of
	// `identity`.
	HeaderUp []Header `json:"header_up,omitempty"`
	// Identity for applications that read it from a cookie. Clients' own cookies
	// of these names are removed.
	CookieUp []Header `json:"cookie_up,omitempty"`
	// HTTP Basic authentication for applications that know nothing else. The
	// client's own Authorization header is removed. Default: none.
	BasicAuthUp *BasicAuth `json:"basic_auth_up,omitempty"`
	// What a JWT says that the gate signs for the application: an identity that it
	// can verify. It is sent where a header has `{token.assertion}`.
	Assertion *Assertion `json:"assertion,omitempty"`
	// A header by which the application can tell that a request came through
	// here, on every request that does, signed in or not. Default: none.
	ProxySecret *Secret `json:"proxy_secret,omitempty"`
	// Remove the client's Authorization header. Default: false, unless an identity
	// preset or basic_auth_up wants it.
	RemoveAuthorization bool `json:"remove_authorization,omitempty"`
	// Identity headers that clients may send all the same, because this
	// application takes no identity from them. Default: none.
	KeepClientHeaders []string `json:"keep_client_headers,omitempty"`
	// Which groups the session keeps: names, with * for any characters. What
	// headers, rules and placeholders get of the claim `groups` are these.
	// Default: all.
	GroupFilter []string `json:"group_filter,omitempty"`
	// Claims to keep for placeholders, beside those that headers and rules use.
	Claims []string `json:"claims,omitempty"`

	logger *slog.Logger
	org    *okta.Org
	site   site
	server *caddyhttp.Server // that the gate is part of
	now    func() time.Time

	matchers       caddyhttp.MatcherSets
	byQuery        bool // some matcher may ask for the query
	byHost         bool // or for the host
	rules          *policy.Rules
	inUse          *inUse // of okta_user matchers and other gates
	inUseKey       any    // nil until inUse is acquired
	headers        *identity.Headers
	groups         *identity.Filter // nil keeps all
	terms          assertion.Terms
	asserted       []string // the claims of an assertion; nil: no header carries one
	scrubber       *identity.Scrubber
	cookieScrubber *identity.CookieScrubber // nil: nothing to scrub
	overrides      *identity.Scrubber       // for requests without a session, and for rules about requests

	renderer       *signin.Renderer
	limits         session.Limits
	cookies        cookies
	siteCookies    func() []session.Cookie // of all gates of the site
	keys           keySource
	sessions       SessionStore
	kept           *kept
	keptKey        string // "" until kept is acquired
	metrics        *metrics
	revocations    *revocations
	revocationsKey string // "" until revocations are acquired
	probes         *probes
	engine         *engineOnce
}

// CaddyModule returns the Caddy module information.
func (Gate) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.okta_auth",
		New: func() caddy.Module { return new(Gate) },
	}
}

// Interface guards
var (
	_ caddy.Module                = (*Gate)(nil)
	_ caddy.Provisioner           = (*Gate)(nil)
	_ caddyhttp.MiddlewareHandler = (*Gate)(nil)
)
