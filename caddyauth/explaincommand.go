package caddyauth

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// explainCommand tells what a config does with a request, before it does it.
func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain --config <file> (--url <url> | --table <file>)",
		Short: "Tells what a config does with a request, and why",
		Long: `
Tells what a config does with a request: which okta_auth block and which rule
decide, why, and the exact request that the application would get. The config is
set up as for running, and the request goes through all of its routes; but nothing
listens, Okta is not asked, no application is called, and no session store or
storage is used. Environment variables and files that the config names are read.

The request is that of a browser that goes to the address. --header changes that:
a script is "Accept: application/json", which leaves the browser's own headers
out. --claims is a file with the claims of a signed-in user, as JSON: those of an
ID token, and /userinfo's. Without it nobody is signed in. The user proved who they
are at auth_time, or just now.

Where TLS ends in front of Caddy, give the address that browsers use: a server is
found by its port, or by the public_url of its okta_auth.

--table checks many requests at once. A line of the table has the expected outcome,
the method, the address, and, for a signed-in user, the file with the claims
(relative to the table); further words are headers, NAME:VALUE. Empty lines, and
those that begin with #, mean nothing. Outcomes are:

  allow        signed in, and the rules let the user pass
  deny         signed in, and the rules do not: 403
  sign-in      not signed in: the sign-in page
  refuse       not signed in: 401 with JSON
  public       passes without identity
  optional     passes without identity, as there is none
  bad-request  the path can be read in several ways: 400
  own          one of okta_auth's own paths
  pass         no okta_auth covers it
  none         no okta_auth is on its way

The exit status is 0 if all lines of the table are as expected, and 1 otherwise.`,
		Example: `  $ caddy okta-auth explain --config Caddyfile --url https://app.example.com/admin --claims ada.json
  $ caddy okta-auth explain --config Caddyfile --url https://app.example.com/api/x --method POST --header "Accept: application/json"
  $ caddy okta-auth explain --config Caddyfile --table access.txt

  access.txt:
  sign-in  GET   https://app.example.com/
  deny     GET   https://app.example.com/admin   claims/ada.json
  allow    GET   https://app.example.com/admin   claims/root.json
  refuse   POST  https://app.example.com/api/x   -  Accept:application/json`,
		Args:         cobra.NoArgs,
		SilenceUsage: true,
	}
	flags := cmd.Flags()
	config := flags.StringP("config", "c", "", "The config file (default: the Caddyfile here)")
	adapter := flags.StringP("adapter", "a", "", "The config adapter (default: by the file's name)")
	address := flags.StringP("url", "u", "", "The address that is asked for")
	method := flags.StringP("method", "m", http.MethodGet, "The method")
	claims := flags.String("claims", "", "A JSON file with the claims of the signed-in user")
	headers := flags.StringArrayP("header", "H", nil, "A header of the request, NAME: VALUE")
	table := flags.StringP("table", "t", "", "A file with many requests and their expected outcomes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if (*address == "") == (*table == "") {
			return errors.New("give --url with an address, or --table with a file")
		}
		for _, name := range []string{"method", "claims", "header"} {
			if *table != "" && flags.Changed(name) {
				return fmt.Errorf("--%s is for --url: in a table, each line has its own", name)
			}
		}
		x, stop, err := loadExplainer(*config, *adapter)
		if err != nil {
			return err
		}
		defer stop()
		if *table != "" {
			return x.checkTable(cmd.OutOrStdout(), *table)
		}
		return x.tell(cmd.OutOrStdout(), question{method: *method, address: *address, claims: *claims, headers: *headers})
	}
	return cmd
}

func loadExplainer(file, adapter string) (*explainer, func(), error) {
	body, _, _, err := caddycmd.LoadConfig(file, adapter)
	if err != nil {
		return nil, nil, err
	}
	if len(body) == 0 {
		return nil, nil, errors.New("there is no config: give --config with a file")
	}
	var config caddy.Config
	if err := json.Unmarshal(body, &config); err != nil {
		return nil, nil, fmt.Errorf("reading the config: %w", err)
	}
	x, stop, err := newExplainer(&config)
	if err != nil {
		return nil, nil, err
	}
	return x, stop, nil
}

func (x *explainer) ask(q question) (*explanation, error) {
	req, err := q.request()
	if err != nil {
		return nil, err
	}
	claims, err := q.user()
	if err != nil {
		return nil, err
	}
	u, _ := url.Parse(q.address)
	return x.explain(u, req, claims)
}

// tell explains one request in full.
func (x *explainer) tell(w io.Writer, q question) error {
	e, err := x.ask(q)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	defer out.Flush()
	fmt.Fprintf(out, "%s %s\n", q.method, q.address)
	for i, one := range e.verdicts {
		fmt.Fprintf(out, "\nokta_auth %d of this request's way: %s%s, client %s at %s\n", i+1, one.gate.site.origin, one.gate.Prefix, one.gate.ClientID, one.gate.Issuer)
		one.write(out)
	}
	if len(e.verdicts) == 0 {
		fmt.Fprintf(out, "\n%s\n", e.last().why)
	}
	fmt.Fprintf(out, "\nOutcome: %s\n", e.last().outcome)
	if e.upstream == nil {
		if e.status != 0 {
			fmt.Fprintf(out, "Nothing goes to an application; the answer has status %d.\n", e.status)
		}
		return nil
	}
	fmt.Fprintf(out, "\nThe application at %s gets:\n\n", e.upstream.URL.Host)
	return writeUpstream(out, e.upstream)
}

func (v explained) write(out io.Writer) {
	if v.user != nil {
		s := v.user.session
		fmt.Fprintf(out, "  user      %s (sub %s)\n", plain(display(s)), plain(s.Subject))
	}
	for i, r := range v.rules {
		mark := ""
		if v.rule == i {
			mark = "  <- decides"
		}
		fmt.Fprintf(out, "  rule %-4d %s%s\n", i+1, r.text, mark)
		fmt.Fprintf(out, "            about this request: %s; met: %s (%s)\n", r.applies, r.holds, r.why)
	}
	switch {
	case v.user == nil:
		fmt.Fprintf(out, "  decision  %s: %s\n", v.outcome, v.why)
	case len(v.rules) == 0:
		fmt.Fprintf(out, "  decision  %s: there are no rules, every signed-in user passes\n", v.outcome)
	case v.rule < 0:
		fmt.Fprintf(out, "  decision  %s: no rule lets this user pass\n", v.outcome)
	default:
		fmt.Fprintf(out, "  decision  %s: rule %d\n", v.outcome, v.rule+1)
	}
	if v.message != "" {
		fmt.Fprintf(out, "  message   %s\n", v.message)
	}
	if v.user == nil || v.outcome != outcomeAllow {
		return
	}
	told := slices.Clone(v.user.names)
	for _, c := range v.user.cookies {
		told = append(told, c.Name)
	}
	for _, p := range v.user.problems {
		fmt.Fprintf(out, "  left out  %s\n", p)
		told = append(told, p.Header)
	}
	for _, name := range append(v.gate.headers.Names(), v.gate.headers.Cookies()...) {
		if !slices.Contains(told, name) {
			fmt.Fprintf(out, "  not sent  %s: the user has no value for it\n", name)
		}
	}
}

// writeUpstream writes a request as it stands on the wire, headers sorted.
func writeUpstream(out io.Writer, req *http.Request) error {
	fmt.Fprintf(out, "%s %s HTTP/1.1\n", req.Method, req.URL.RequestURI())
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	fmt.Fprintf(out, "Host: %s\n", host)
	header := req.Header.Clone()
	if header.Get("User-Agent") == "" {
		header.Del("User-Agent") // there by Caddy, lest Go put in its own
	}
	var wire strings.Builder
	if err := header.Write(&wire); err != nil {
		return err
	}
	_, err := io.WriteString(out, strings.ReplaceAll(wire.String(), "\r\n", "\n"))
	return err
}

// checkTable asks each question of a table.
func (x *explainer) checkTable(w io.Writer, file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines, wrong := 0, 0
	for i, line := range strings.Split(string(body), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		lines++
		if len(words) < 3 {
			return fmt.Errorf("%s:%d: a line has the outcome, the method and the address, and may have a file with claims and headers behind them", file, i+1)
		}
		if !slices.Contains(outcomes, words[0]) {
			return fmt.Errorf("%s:%d: there is no outcome %q: there are %s", file, i+1, words[0], strings.Join(outcomes, ", "))
		}
		q := question{method: words[1], address: words[2]}
		if len(words) > 3 && words[3] != "-" {
			q.claims = filepath.Join(filepath.Dir(file), words[3])
			if filepath.IsAbs(words[3]) {
				q.claims = words[3]
			}
		}
		if len(words) > 4 {
			q.headers = words[4:]
		}
		e, err := x.ask(q)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		if got := e.last(); got.outcome != words[0] {
			wrong++
			fmt.Fprintf(w, "%s:%d: %s %s: %s, expected %s: %s\n", file, i+1, q.method, q.address, got.outcome, words[0], got.because())
		}
	}
	switch {
	case lines == 0: // it would be a test that always passes
		return fmt.Errorf("%s: no line has a request", file)
	case wrong > 0:
		return fmt.Errorf("%d of %d requests are not as expected", wrong, lines)
	}
	fmt.Fprintf(w, "%d requests are as expected\n", lines)
	return nil
}

// because is the reason in one line.
func (v verdict) because() string {
	switch {
	case v.user == nil:
		return v.why
	case len(v.rules) == 0:
		return "there are no rules"
	case v.rule < 0:
		return "no rule lets this user pass"
	}
	return fmt.Sprintf("rule %d, %s (%s)", v.rule+1, v.rules[v.rule].text, v.rules[v.rule].why)
}

var outcomes = []string{outcomeAllow, outcomeDeny, outcomeSignIn, outcomeRefuse, outcomePublic, outcomeOptional, outcomeBad, outcomeOwn, outcomePass, outcomeNone}
