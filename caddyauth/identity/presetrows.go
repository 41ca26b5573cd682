package identity

// Marks in the values of presets: where options have a say.
const (
	userIs     = "\x00user "
	roleOfUser = "\x00role"
)

func user(name, value string) Definition { return Definition{Name: name, Value: userIs + value} }
func role(name string) Definition        { return Definition{Name: name, Value: roleOfUser} }
func claim(name, claim string) Definition {
	return Definition{Name: name, Value: "{claim." + claim + "}"}
}
func groups(name, delimiter string) Definition {
	return Definition{Name: name, Value: "{claim.groups}", Delimiter: delimiter}
}

const username = "{claim.preferred_username}"

// presets are the applications whose headers are confirmed, by their own
// documentation or source. Those of others are in presetNames.
var presets = []Preset{
	{
		Name: "default",
		Doc:  "What there is without configuration: the headers of oauth2-proxy, with the name that the user signs in with in X-Forwarded-User.",
		headers: append([]Definition{user("X-Forwarded-User", username)},
			Default()[1:]...),
	},
	{
		Name: "none",
		Doc:  "No headers at all, for an application that only needs the gate before it.",
	},
	{
		Name: "oauth2-proxy",
		Doc:  "Applications made for oauth2-proxy with `pass_user_headers`. As there, X-Forwarded-User is the subject, Okta's id of the user.",
		headers: []Definition{
			user("X-Forwarded-User", "{claim.sub}"),
			claim("X-Forwarded-Email", "email"),
			groups("X-Forwarded-Groups", ","),
			claim("X-Forwarded-Preferred-Username", "preferred_username"),
		},
	},
	{
		Name: "auth-request",
		Doc:  "Applications made for oauth2-proxy behind the auth_request of nginx. As there, X-Auth-Request-User is the subject, Okta's id of the user.",
		headers: []Definition{
			user("X-Auth-Request-User", "{claim.sub}"),
			claim("X-Auth-Request-Email", "email"),
			groups("X-Auth-Request-Groups", ","),
			claim("X-Auth-Request-Preferred-Username", "preferred_username"),
		},
	},
	{
		Name: "remote-user",
		Doc:  "Applications made for Authelia and the many that read HTTP_REMOTE_USER: Jira and Confluence with a plug-in, Organizr, Seerr, Paperless-ngx, Seafile, other Django.",
		headers: []Definition{
			user("Remote-User", username),
			groups("Remote-Groups", ","),
			claim("Remote-Name", "name"),
			claim("Remote-Email", "email"),
		},
	},
	{
		Name: "authentik",
		Doc:  "Applications made for authentik's proxy. X-Authentik-Uid is the subject, Okta's id of the user.",
		headers: []Definition{
			user("X-Authentik-Username", username),
			groups("X-Authentik-Groups", "|"),
			claim("X-Authentik-Email", "email"),
			claim("X-Authentik-Name", "name"),
			claim("X-Authentik-Uid", "sub"),
		},
	},
	{
		Name: "mod_auth_openidc",
		Doc:  "Applications behind Apache with mod_auth_openidc. Names with _ are dropped by nginx, unless `underscores_in_headers on` is set there. More claims: `header_up OIDC_CLAIM_department {claim.department}`.",
		headers: []Definition{
			claim("OIDC_CLAIM_sub", "sub"),
			claim("OIDC_CLAIM_email", "email"),
			claim("OIDC_CLAIM_name", "name"),
			claim("OIDC_CLAIM_preferred_username", "preferred_username"),
			claim("OIDC_CLAIM_given_name", "given_name"),
			claim("OIDC_CLAIM_family_name", "family_name"),
			groups("OIDC_CLAIM_groups", ","),
		},
	},
	{
		Name: "pomerium",
		Doc:  "Applications made for Pomerium. X-Pomerium-Jwt-Assertion is signed by this gate: its keys are at `/.okta/jwks.json`, issuer and audience are as `assertion` has them.",
		headers: []Definition{
			{Name: "X-Pomerium-Jwt-Assertion", Value: "{token.assertion}"},
			user("X-Pomerium-Claim-User", "{claim.sub}"),
			claim("X-Pomerium-Claim-Email", "email"),
			claim("X-Pomerium-Claim-Name", "name"),
			groups("X-Pomerium-Claim-Groups", ","),
		},
	},
	{
		Name: "grafana",
		Doc:  "Grafana with `[auth.proxy]` enabled and `headers = Name:X-WEBAUTH-NAME Email:X-WEBAUTH-EMAIL Groups:X-WEBAUTH-GROUPS Role:X-WEBAUTH-ROLE`. Roles: Viewer, Editor, Admin, GrafanaAdmin.",
		headers: []Definition{
			user("X-WEBAUTH-USER", username),
			claim("X-WEBAUTH-NAME", "name"),
			claim("X-WEBAUTH-EMAIL", "email"),
			role("X-WEBAUTH-ROLE"),
			groups("X-WEBAUTH-GROUPS", ","),
		},
	},
	{
		Name:                "jenkins",
		Doc:                 "Jenkins with the plug-in Reverse Proxy Auth. The client's Authorization is removed: Jenkins would take it for a password of its own.",
		removeAuthorization: true,
		headers: []Definition{
			user("X-Forwarded-User", username),
			claim("X-Forwarded-Mail", "email"),
			claim("X-Forwarded-DisplayName", "name"),
			groups("X-Forwarded-Groups", "|"),
		},
	},
	{
		Name: "gitea",
		Doc:  "Gitea and Forgejo with ENABLE_REVERSE_PROXY_AUTHENTICATION, and this gate in REVERSE_PROXY_TRUSTED_PROXIES. Names there have no @: the part before it is sent, so all users must be of one domain.",
		headers: []Definition{
			user("X-WEBAUTH-USER", "{claim.preferred_username|local_part}"),
			claim("X-WEBAUTH-EMAIL", "email"),
			claim("X-WEBAUTH-FULLNAME", "name"),
		},
	},
	{
		Name: "sonarqube",
		Doc:  "SonarQube with `sonar.web.sso.enable=true`. Groups replace those of SonarQube.",
		headers: []Definition{
			user("X-Forwarded-Login", username),
			claim("X-Forwarded-Name", "name"),
			claim("X-Forwarded-Email", "email"),
			groups("X-Forwarded-Groups", ","),
		},
	},
	{
		Name:    "nexus",
		Doc:     "Nexus Repository with the capability Rut Auth for X-SSO-USER. Roles come from its own users or from LDAP.",
		headers: []Definition{user("X-SSO-USER", username)},
	},
	{
		Name: "netbox",
		Doc:  "NetBox with REMOTE_AUTH_ENABLED: HTTP_REMOTE_USER and HTTP_REMOTE_USER_GROUP in its configuration are these headers.",
		headers: []Definition{
			user("Remote-User", username),
			groups("Remote-User-Group", "|"),
		},
	},
	{
		Name: "posit-connect",
		Doc:  "Posit Connect with proxied authentication. Roles: viewer, publisher, administrator.",
		headers: []Definition{
			user("X-Auth-Username", username),
			claim("X-Auth-First-Name", "given_name"),
			claim("X-Auth-Last-Name", "family_name"),
			claim("X-Auth-Email", "email"),
			role("X-Auth-RSC-Role"),
			groups("X-Auth-Groups", ","),
		},
	},
	{
		Name: "opensearch",
		Doc:  "OpenSearch, Open Distro, Lucenia and Search Guard with proxy authentication. The groups are the backend roles; this gate must be in `internalProxies`.",
		headers: []Definition{
			user("x-proxy-user", username),
			groups("x-proxy-roles", ","),
		},
	},
	{
		Name:    "redash",
		Doc:     "Redash with REDASH_REMOTE_USER_LOGIN_ENABLED. The name of a user is the e-mail address.",
		headers: []Definition{user("X-Forwarded-Remote-User", "{claim.email}")},
	},
	{
		Name:    "cloudera-efm",
		Doc:     "Cloudera Edge Flow Manager with this gate in its list of allowed proxies.",
		headers: []Definition{user("x-webauth-user", username)},
	},
	{
		Name: "siteminder",
		Doc:  "Java applications made for SiteMinder: Spring's RequestHeaderAuthenticationFilter, TIBCO MDM. Groups are separated by ^.",
		headers: []Definition{
			user("SM_USER", username),
			user("SM_USERNAME", username),
			claim("SM_FIRSTNAME", "given_name"),
			claim("SM_LASTNAME", "family_name"),
			groups("GROUP", "^"),
		},
	},
	{
		Name:    "peoplesoft",
		Doc:     "PeopleSoft, as Okta Access Gateway signs in to it. Where its ids are in capitals: `{claim.preferred_username|local_part|upper}`.",
		headers: []Definition{user("PS_USER", username)},
	},
}
