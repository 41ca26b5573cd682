package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-okta/caddy-okta/caddyauth"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// caddyfile of the demo. It touches no Caddy that already runs on the machine:
// no admin endpoint, no saved config, a storage of its own.
const caddyfile = `{
	admin off
	persist_config off
	auto_https off
	storage file_system %[1]q
	log {
		level %[2]s
	}
	log okta_auth {
		include http.handlers.okta_auth
		level %[8]s
	}
}
# Cookies belong to one name.
http://127.0.0.1:%[3]d {
	bind 127.0.0.1
	redir http://localhost:%[3]d{uri} 307
}
http://localhost:%[3]d {
	bind 127.0.0.1
	okta_auth {
		issuer        http://127.0.0.1:%[4]d/oauth2/default
		client_id     %[5]s
		client_secret %[6]s
		key           %[9]s
		session       memory
	}
	reverse_proxy 127.0.0.1:%[7]d
}
`

// runningCaddy is Caddy in this process, with its storage.
type runningCaddy struct{ storage string }

func startCaddy(p ports, verbose bool) (*runningCaddy, error) {
	// Caddy opens the port itself; this finds out first, for a better error.
	probe, err := listen(p.site, "port")
	if err != nil {
		return nil, err
	}
	probe.Close()

	storage, err := os.MkdirTemp("", "caddy-okta-demo-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	c := &runningCaddy{storage}
	// Whatever Caddy keeps beside its storage goes there too.
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		if err := os.Setenv(name, storage); err != nil {
			return nil, err
		}
	}
	level, own := "ERROR", "WARN"
	if verbose {
		level, own = "INFO", "INFO"
	}
	text := fmt.Sprintf(caddyfile, storage, level, p.site, p.okta, oktasim.DemoClientID, oktasim.DemoClientSecret, p.app, own,
		rand.Text()+rand.Text()) // nothing outlives the demo
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "demo"})
	if err == nil {
		err = caddy.Load(config, true)
	}
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("starting Caddy: %w", err)
	}
	return c, nil
}

// stop ends Caddy and removes its storage.
func (c *runningCaddy) stop() {
	done := make(chan struct{})
	go func() { _ = caddy.Stop(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second): // an open connection must not hold up Ctrl-C
	}
	os.RemoveAll(c.storage)
}
