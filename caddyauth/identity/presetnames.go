package identity

// presetNames are the headers from which applications, or the proxies that
// this one replaces, take an identity: by default or in their documentation.
// A client's copy of any of them is removed on every request, used here or
// not: which of them the application believes is not ours to know. A final *
// stands for a family.
//
// Not among them: Authorization, which is the client's own business with the
// application, and X-Forwarded-For, -Host and -Proto, which Caddy rebuilds.
var presetNames = []string{
	// oauth2-proxy, and this module's own defaults
	"X-Forwarded-User", "X-Forwarded-User-Id", "X-Forwarded-Email", "X-Forwarded-Groups",
	"X-Forwarded-Preferred-Username", "X-Forwarded-Name",
	"X-Forwarded-Access-Token", "X-Forwarded-Id-Token",
	// oauth2-proxy behind nginx auth_request
	"X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups",
	"X-Auth-Request-Preferred-Username", "X-Auth-Request-Access-Token",
	// Authelia; Jira, Confluence, Organizr, Seerr, Paperless-ngx, Seafile
	"Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email",
	// NetBox
	"Remote-User-Group",
	// authentik
	"X-Authentik-*",
	// mod_auth_openidc
	"OIDC_CLAIM_*", "OIDC_access_token", "OIDC_id_token",
	// Pomerium
	"X-Pomerium-Jwt-Assertion", "X-Pomerium-Claim-*",
	// Identity-Aware Proxy, Cloudflare Access
	"X-Goog-IAP-JWT-Assertion", "X-Goog-Authenticated-User-*",
	"Cf-Access-Jwt-Assertion", "Cf-Access-Authenticated-User-Email",
	// Grafana, Gitea, Forgejo, Cloudera Edge Flow Manager
	"X-WebAuth-User", "X-WebAuth-Name", "X-WebAuth-FullName", "X-WebAuth-Email",
	"X-WebAuth-Role", "X-WebAuth-Groups",
	// Jenkins
	"X-Forwarded-Mail", "X-Forwarded-DisplayName",
	// SonarQube
	"X-Forwarded-Login",
	// Nexus Repository
	"X-SSO-User",
	// Redash, Alfresco
	"X-Forwarded-Remote-User", "X-Alfresco-Remote-User",
	// Posit Workbench and Connect
	"X-RStudio-Username", "X-Auth-Username", "X-Auth-First-Name", "X-Auth-Last-Name",
	"X-Auth-Email", "X-Auth-RSC-Role", "X-Auth-Groups",
	// OpenSearch, Search Guard; Elasticsearch
	"X-Proxy-User", "X-Proxy-Roles", "es-security-runas-user",
	// Zabbix and others that read a server variable
	"PHP_AUTH_USER", "AUTH_USER",
	// SiteMinder style: Spring, TIBCO MDM
	"SM_USER", "SM_USERNAME", "SM_FIRSTNAME", "SM_LASTNAME", "GROUP",
	// WebSEAL style
	"iv-user", "iv-groups", "iv-creds",
	// Oracle Access Manager, E-Business Suite; PeopleSoft, JD Edwards
	"OAM_REMOTE_USER", "OAM_IDENTITY_DOMAIN", "USER_NAME", "USER_ORCLGUID",
	"PS_USER", "JDE_SSO_UID",
}
