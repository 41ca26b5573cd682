package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// load reads the seed file, or makes the org that needs none.
func load(config string) ([]oktasim.Org, error) {
	if config == "" {
		return []oktasim.Org{{Server: new(oktasim.Server)}}, nil
	}
	file, err := os.Open(config)
	if err != nil {
		return nil, fmt.Errorf("-config: %w", err)
	}
	defer file.Close()
	orgs, err := oktasim.LoadSeed(file)
	if err != nil {
		return nil, fmt.Errorf("-config %s: %w", config, err)
	}
	return orgs, nil
}

// open opens every port, or names all that cannot be opened.
func open(orgs []oktasim.Org, manage string, exposed bool) (net.Listener, error) {
	listen := oktasim.Listen
	if exposed {
		listen = oktasim.ListenExposed
	}
	var failed error
	for i := range orgs {
		org := &orgs[i]
		var err error
		if org.Listener, err = listen(org.Listen); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", whose(org.Name), err))
			continue
		}
		org.Server.Exposed = exposed
		org.Server.URL = "http://" + org.Listener.Addr().String()
	}
	management, err := listen(manage)
	if err != nil {
		failed = errors.Join(failed, fmt.Errorf("-manage: %w", err))
	}
	return management, failed
}

// whose is where an org's address was given.
func whose(org string) string {
	if org == "" {
		return "-listen"
	}
	return fmt.Sprintf("listen of org %q", org)
}
