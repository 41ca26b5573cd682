package caddyauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "okta-auth",
		Short: "Tools for sites with okta_auth",
		Long: `
Tools for sites that okta_auth protects. They belong to the okta_auth module; the
configuration and the server are Caddy's own commands ('caddy run', 'caddy
adapt', 'caddy validate').
`,
		CobraFunc: func(cmd *cobra.Command) {
			// A command that is misspelt is an error, not a reason to show help
			// and report success.
			cmd.Args = cobra.NoArgs
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			cmd.AddCommand(healthCommand(), previewCommand(), explainCommand(), sessionsCommand(), keygenCommand())
		},
	})
}

// healthCommand asks a running server whether it can serve requests: the health
// check of a container that has neither a shell nor curl.
func healthCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Asks a running server whether okta_auth can serve requests",
		Long: `
Asks a running server whether okta_auth can serve requests, by GET of the health
address below its prefix. Ends with status 0 and no output if so, and otherwise
with status 1 and one line that says why. Okta is not asked.

The address is that of a site with okta_auth, as it is reached from here: plain
http on loopback in a container. A server that answers, but not for okta_auth (a
site of another name, another prefix), is not healthy. Redirects are not
followed, and no proxy is used.`,
		Example: `  $ caddy okta-auth health
  $ caddy okta-auth health --url http://127.0.0.1:9000/.sign-in/health --timeout 1s

  In a Dockerfile:
  HEALTHCHECK CMD ["/usr/bin/caddy", "okta-auth", "health"]

  In a pod:
  livenessProbe:
    exec:
      command: [/usr/bin/caddy, okta-auth, health]`,
		Args:         cobra.NoArgs,
		SilenceUsage: true, // the one line is for the supervisor's log
	}
	address := cmd.Flags().StringP("url", "u", "http://127.0.0.1:8080"+DefaultPrefix+"health", "The health address of a site")
	timeout := cmd.Flags().DurationP("timeout", "t", 3*time.Second, "How long the answer may take")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), *timeout)
		defer cancel()
		err := checkHealth(ctx, *address)
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%w (--timeout is %s)", err, *timeout)
		}
		return err
	}
	return cmd
}

// checkHealth returns nil if the health address says that all is well. Errors
// hold nothing of the answer but its status, and no password of the address.
func checkHealth(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--url is not an address such as http://127.0.0.1:8080%shealth", DefaultPrefix)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // and no proxy
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return err // a *url.Error, which hides passwords
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d %s: the server's log says why", u.Redacted(), resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	// Caddy answers an empty 200 for a site that it does not have.
	var answer struct{ Status string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 4<<10)).Decode(&answer); err != nil || answer.Status != "ok" {
		return fmt.Errorf("%s answers 200, but not for okta_auth: give the site's own name, port and prefix, such as: --url http://localhost:8080/.okta/health", u.Redacted())
	}
	return nil
}
