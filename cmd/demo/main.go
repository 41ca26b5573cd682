// Command demo shows the whole thing on one machine, on loopback: a simulated
// Okta org, a small legacy application that prints the request headers it
// received, and Caddy with okta_auth between the two and the browser. It keeps
// nothing and touches no Caddy that already runs here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const usage = `Demo of caddy-okta: sign in on a page of the application's own, at a simulated Okta org.

Usage: go run ./cmd/demo [flags]

Everything listens on 127.0.0.1 only and ends with Ctrl-C. Browsers share the
cookies of localhost between ports: give a second demo a private window.

Flags:
`

// ports of the four servers; each has its flag.
type ports struct{ site, okta, manage, app int }

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(args []string, out, errs io.Writer) error {
	var p ports
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.IntVar(&p.site, "port", 8080, "`port` of the site to sign in on: Caddy with okta_auth")
	flags.IntVar(&p.okta, "okta-port", 8081, "`port` of the simulated Okta org")
	flags.IntVar(&p.manage, "manage-port", 8082, "`port` of the simulated org's management: users, mail, faults")
	flags.IntVar(&p.app, "app-port", 8083, "`port` of the legacy application behind the site")
	verbose := flags.Bool("verbose", false, "show Caddy's log from level INFO on, not only warnings")
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		os.Exit(2) // the flag package has said why
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: there are only flags, see -help", flags.Arg(0))
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 3)

	org := new(oktasim.Server)
	orgListener, err := listen(p.okta, "okta-port")
	if err != nil {
		return err
	}
	manageListener, err := listen(p.manage, "manage-port")
	if err != nil {
		return err
	}
	appListener, err := listen(p.app, "app-port")
	if err != nil {
		return err
	}
	go func() { failed <- org.Serve(ctx, orgListener, manageListener) }()
	app := &http.Server{Handler: legacyApp(), ReadHeaderTimeout: 10 * time.Second}
	go func() { failed <- app.Serve(appListener) }()
	defer app.Close()

	gate, err := startCaddy(p, *verbose)
	if err != nil {
		return err
	}
	defer gate.stop()

	greet(out, p)
	select {
	case <-ctx.Done():
		fmt.Fprintln(out, "\nStopped.")
		return nil
	case err := <-failed:
		return err
	}
}

// listen opens a loopback port, or says which flag chooses another.
func listen(port int, flagName string) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is in use: choose another with -%s", port, flagName)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on port %d (-%s): %w", port, flagName, err)
	}
	return l, nil
}

func greet(out io.Writer, p ports) {
	fmt.Fprintf(out, `
caddy-okta demo, on this machine only

  Sign in at     http://localhost:%d/
  E-mail         http://127.0.0.1:%d/mail
                 (the simulated org's mailboxes, for e-mail codes)

  User                  Password
`, p.site, p.okta)
	for _, u := range oktasim.DemoUsers() {
		note := ""
		if strings.TrimSpace(u.Password) != u.Password {
			note = "  (with a space at each end)"
		}
		fmt.Fprintf(out, "  %-21s %s%s\n", u.Login, u.Password, note)
	}
	fmt.Fprintf(out, `
  Ask for an e-mail code after the password:
    curl -X PUT http://127.0.0.1:%d/policy -d '{"password":"second_page","factors":["email"]}'

  Ctrl-C ends everything.

`, p.manage)
}
