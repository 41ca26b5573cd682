// Package apps proves the gate with applications that nobody here wrote:
// Radicale, DokuWiki behind nginx and php-fpm, Transmission and websocketd as
// their distribution ships them, and Gitea. It is tests only.
//
// Each test starts its own copy of the application, on loopback and with state
// that ends with the test, and in front of it the built server with the very
// Caddyfile of the application's folder in examples: only the addresses in it
// are replaced. A person signs in in Chromium, against a simulated org, and the
// application itself says who it believes that this is. What reaches the
// application is recorded on its way (tap): nothing of a request that is not
// signed in, and nothing that a client forged.
//
// Debian's packages radicale, dokuwiki, nginx-light, php-fpm, php-xml,
// transmission-daemon, websocketd and chromium are needed, and Gitea, with git, as
// examples/gitea/build.sh builds it, where CADDY_OKTA_GITEA says. A test that
// lacks one is skipped, or fails where CADDY_OKTA_NO_SKIP is set. The packages'
// system services are not used, and need not run.
//
// It never tests the gate in depth: that is e2e's.
package apps
