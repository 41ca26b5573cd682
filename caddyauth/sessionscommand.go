package caddyauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// sessionsCommand lists and ends the sessions of a running server, through its
// admin endpoint.
func sessionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "Lists and ends the sessions of a running server",
		Long: `
Lists and ends the sessions of a running server, through Caddy's admin endpoint.

Sessions in cookies cannot be listed, since only the browsers have them; they can
be ended all the same. What is ended here is ended in every process that shares
Redis or Caddy's storage, within seconds: "list" shows how far behind they are.

A session is named as the log and the page /.okta/me name it. Sessions in Redis
are listed without the users' names, which are sealed there; --login, --email and
--subject find them all the same.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sessionsList(), sessionsRevoke())
	return cmd
}

func sessionsList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Lists sessions, the newest first",
		Example: `  $ caddy okta-auth sessions list
  $ caddy okta-auth sessions list --email ada@example.com --json`,
		Args: cobra.NoArgs, SilenceUsage: true,
	}
	query := adminQuery(cmd)
	limit := cmd.Flags().Int("limit", defaultList, "How many sessions of each site to list at most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		query.values().Set("limit", strconv.Itoa(*limit))
		var sites []SiteSessions
		body, err := query.ask(http.MethodGet, &sites)
		if err != nil || *query.json {
			return errors.Join(err, printRaw(cmd.OutOrStdout(), body))
		}
		return printSessions(cmd.OutOrStdout(), sites)
	}
	return cmd
}

func sessionsRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke",
		Short: "Ends a session, all of a user's, or all",
		Long: `
Ends a session, all that a user has, or all that there are. A user who may still
sign in at Okta can do so again at once. Sites with the same client at Okta are one
application: what is ended at one of them is ended at all, and all are named. --site
chooses the application of that site. The exit status is 1 where other processes
cannot be told at once.`,
		Example: `  $ caddy okta-auth sessions revoke --session 3kQ0xTz8qC2mVbnY7w1rPA
  $ caddy okta-auth sessions revoke --email ada@example.com
  $ caddy okta-auth sessions revoke --all --site https://app.example.com`,
		Args: cobra.NoArgs, SilenceUsage: true,
	}
	query := adminQuery(cmd)
	all := cmd.Flags().Bool("all", false, "End all sessions of all users")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *all {
			query.values().Set("all", "true")
		}
		var revoked []Revoked
		body, err := query.ask(http.MethodDelete, &revoked)
		if err != nil || *query.json {
			return errors.Join(err, printRaw(cmd.OutOrStdout(), body), everywhere(revoked))
		}
		for _, one := range revoked {
			state := "ended"
			if one.Pending != "" {
				state = "ended; " + one.Pending
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s (client %s): %s\n", one.Site, one.ClientID, state)
		}
		return everywhere(revoked)
	}
	return cmd
}

// everywhere is an error where other processes do not know yet: a script must not
// take it for done.
func everywhere(revoked []Revoked) error {
	if slices.ContainsFunc(revoked, func(one Revoked) bool { return one.Pending != "" }) {
		return errors.New("ended here, and not everywhere yet: the other processes are told as soon as they can be")
	}
	return nil
}

// query of the admin endpoint, as the flags make it.
type query struct {
	address, config, adapter *string
	json                     *bool
	flags                    map[string]*string
	given                    func(name string) bool
	made                     url.Values
}

func adminQuery(cmd *cobra.Command) *query {
	flags := cmd.Flags()
	q := &query{
		address: flags.String("address", "", "The admin endpoint (default: that of the config, or localhost:2019)"),
		config:  flags.StringP("config", "c", "", "The config file that names the admin endpoint"),
		adapter: flags.StringP("adapter", "a", "", "The config adapter"),
		json:    flags.Bool("json", false, "Print the admin endpoint's own answer"),
		flags:   make(map[string]*string),
		given:   flags.Changed,
	}
	for name, use := range map[string]string{
		"site": "The origin of a site, such as https://app.example.com (default: all)", "session": "The name of a session",
		"login": "The name that a user signs in with", "email": "A user's e-mail address", "subject": "A user's id at Okta, the claim sub",
	} {
		q.flags[name] = flags.String(name, "", use)
	}
	return q
}

func (q *query) values() url.Values {
	if q.made == nil {
		q.made = make(url.Values)
		for name, value := range q.flags {
			// An empty one too: a variable that a script did not set must not make
			// more of what was asked for.
			if q.given(name) {
				q.made.Set(name, *value)
			}
		}
	}
	return q.made
}

// ask returns the answer, and reads it into a value.
func (q *query) ask(method string, into any) ([]byte, error) {
	address, err := caddycmd.DetermineAdminAPIAddress(*q.address, nil, *q.config, *q.adapter)
	if err != nil {
		return nil, fmt.Errorf("finding the admin endpoint: %w", err)
	}
	resp, err := caddycmd.AdminAPIRequest(address, method, "/okta_auth/sessions?"+q.values().Encode(), nil, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	return body, json.Unmarshal(body, into)
}

func printRaw(w io.Writer, body []byte) error {
	_, err := w.Write(body)
	return err
}

func printSessions(w io.Writer, sites []SiteSessions) error {
	for _, site := range sites {
		known := "of this process alone"
		if site.Shared {
			known = fmt.Sprintf("%d unknown to other processes, theirs as of %.0f s ago", site.Waiting, site.Behind)
		}
		fmt.Fprintf(w, "%s, client %s at %s: sessions in %s, %d revocations in force, %s\n",
			site.Site, site.ClientID, site.Issuer, site.Store, site.Marks, known)
		if !site.Listed {
			fmt.Fprintf(w, "  not listed: %s\n", site.Why)
			continue
		}
		out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(out, "  SESSION\tLOGIN\tCREATED\tLAST USED\tENDS")
		for _, s := range site.Sessions {
			login := plain(s.Login)
			if login == "" {
				login = "-"
			}
			fmt.Fprintf(out, "  %s\t%s\t%s\t%s\t%s\n", plain(s.Session), login, s.Created.Format(time.RFC3339), s.Used.Format(time.RFC3339), s.Ends.Format(time.RFC3339))
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if site.More {
			fmt.Fprintln(w, "  ... and more: raise --limit")
		}
	}
	return nil
}

// plain is text as a terminal may get it: what is no letter, digit or sign of a
// script is quoted. A user's name can hold control sequences and line breaks.
func plain(s string) string {
	if quoted := strconv.Quote(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}
