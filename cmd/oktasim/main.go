// Command oktasim runs the simulated Okta org on two loopback ports.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const usage = `oktasim is a simulated Okta org for demonstrations and tests. It keeps everything
in memory, listens on loopback only, and is not Okta.

Usage: oktasim [-listen HOST:PORT] [-manage HOST:PORT] [-config FILE]

`

func main() {
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	listen := flag.String("listen", "127.0.0.1:8081", "address of the org")
	manage := flag.String("manage", "127.0.0.1:8082", "address of the management port (JSON)")
	config := flag.String("config", "", "JSON file with users, clients and policy (see the README beside this command)")
	flag.Parse()
	if err := run(*listen, *manage, *config); err != nil {
		fmt.Fprintln(os.Stderr, "oktasim:", err)
		os.Exit(1)
	}
}

func run(listen, manage, config string) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see -help", flag.Arg(0))
	}
	server := new(oktasim.Server)
	if config != "" {
		file, err := os.Open(config)
		if err != nil {
			return fmt.Errorf("-config: %w", err)
		}
		defer file.Close()
		if server, err = oktasim.LoadConfig(file); err != nil {
			return fmt.Errorf("-config %s: %w", config, err)
		}
	}
	org, err := oktasim.Listen(listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	management, err := oktasim.Listen(manage)
	if err != nil {
		return fmt.Errorf("-manage: %w", err)
	}
	server.URL = "http://" + org.Addr().String()
	fmt.Printf("%smanagement  http://%s\n", server.Describe(), management.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return server.Serve(ctx, org, management)
}
