// Command oktasim runs a simulated Okta org, or several, on loopback ports.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const usage = `oktasim is a simulated Okta org for demonstrations and tests. It keeps everything
in memory, makes new keys at every start, listens on loopback only, and is not
Okta.

Usage: oktasim [-listen HOST:PORT] [-manage HOST:PORT] [-config FILE]

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "oktasim:", err)
	os.Exit(1)
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("oktasim", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	listen := flags.String("listen", "127.0.0.1:8081", "`address` of the org")
	manage := flags.String("manage", "127.0.0.1:8082", "`address` of the management port (JSON)")
	config := flags.String("config", "", "YAML or JSON `file` with users, clients, policy and more (see the README beside this command)")
	exposed := flags.Bool("i-know-this-is-a-simulator", false, "let other machines reach it: whoever can, can sign in as anybody")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	orgs, err := load(*config)
	if err != nil {
		return err
	}
	orgs[0].Listen = *listen
	management, err := open(orgs, *manage, *exposed)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%smanagement  http://%s\n", oktasim.Describe(orgs), management.Addr())
	return oktasim.Serve(ctx, orgs, management)
}
