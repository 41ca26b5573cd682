// Command caddy is Caddy with its standard modules and okta_auth.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-okta/caddy-okta/caddyauth"
)

func main() { caddycmd.Main() }
