package caddyauth

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/text/language"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/signin"
)

// preview shows pages outside of a sign-in: it starts nothing, calls nobody and
// makes no key.
type preview struct {
	prefix, theme string
	status        int
	options       signin.PreviewOptions
}

// previewFlags are the command's, as they were given.
type previewFlags struct {
	config, language, origin, serve string
	status                          int
}

func previewCommand() *cobra.Command {
	var flags previewFlags
	cmd := &cobra.Command{
		Use:   "preview [--config <file>] [--status <n>] [--language <tag>] [--origin <url>] {<answer.json> | --serve <address> <folder>}",
		Short: "Shows the page that an answer of Okta's gives",
		Long: `
Writes the page that an IDX answer gives to standard output: the HTML that a
browser would get. Ends with status 0 for whatever is an IDX answer, and
otherwise with status 1 and one line that says why. No server is started, nobody
is called, and no key is made. The file may be - for standard input.

With --serve, shows a gallery of a folder of answers in the browser instead, one
page for each file whose name ends in .json. The theme is read anew for each
request: edit it, and reload. Forms post nowhere. An address without a host is
one of this machine alone (127.0.0.1).

--config names a Caddyfile, or a JSON config; its first okta_auth block gives the
prefix, the theme and the org, whose addresses are those with the origin of its
issuer. --origin names another org. Without either, every address in an answer
counts as the org's.

--status is the HTTP status that the answer came with. Without it, an answer that
holds an error counts as one that was refused (400), any other as accepted (200).

--language is a language that the browser asks for, such as de; Okta's own texts
are shown as they stand in the answer.`,
		Example: `  $ caddy okta-auth preview identify.json > page.html
  $ caddy okta-auth preview --config Caddyfile --language de identify.json
  $ caddy okta-auth preview --config Caddyfile --serve :8888 answers`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("preview takes one file with an IDX answer, or --serve with an address and one folder of such files")
			}
			return nil
		},
		SilenceUsage: true,
	}
	cmd.Flags().StringVarP(&flags.config, "config", "c", "", "The Caddyfile or JSON config whose prefix, theme and org to use")
	cmd.Flags().IntVar(&flags.status, "status", 0, "The HTTP status that the answer came with (default 200, or 400 with an error)")
	cmd.Flags().StringVar(&flags.language, "language", "", "The language that the browser asks for (default en)")
	cmd.Flags().StringVar(&flags.origin, "origin", "", "The org's origin, such as https://acme.okta.com")
	cmd.Flags().StringVar(&flags.serve, "serve", "", "Show a gallery at this address, such as :8888")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return oneLine(flags.run(cmd, args[0]))
	}
	return cmd
}

func (flags previewFlags) run(cmd *cobra.Command, target string) error {
	p, err := flags.preview(cmd.InOrStdin(), target)
	if err != nil {
		return err
	}
	if flags.serve != "" {
		return p.serve(cmd.Context(), cmd.OutOrStdout(), flags.serve, target)
	}
	body, err := readInput(cmd.InOrStdin(), target, signin.MaxRecorded)
	if err != nil {
		return err
	}
	renderer, err := newRenderer(p.prefix, p.theme)
	if err != nil {
		return err
	}
	page, _, err := p.page(renderer, body)
	if err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	html, err := renderer.HTML(page)
	if err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	_, err = cmd.OutOrStdout().Write(html)
	return err
}

// preview checks the flags, and takes from the config what changes pages.
func (flags previewFlags) preview(stdin io.Reader, target string) (*preview, error) {
	p := &preview{prefix: DefaultPrefix, status: flags.status}
	if flags.status != 0 && (flags.status < 200 || flags.status > 599) {
		return nil, fmt.Errorf("--status %d is no HTTP status from 200 to 599", flags.status)
	}
	if _, err := language.Parse(flags.language); err != nil && flags.language != "" {
		return nil, fmt.Errorf("--language %q is no language tag, such as de or pt-BR", flags.language)
	}
	p.options.Language = flags.language
	origin := flags.origin
	if flags.config != "" {
		if flags.config == "-" && target == "-" {
			return nil, errors.New("standard input cannot be both the config and the answer: name a file for one of them")
		}
		g, err := configuredGate(stdin, flags.config)
		if err != nil {
			return nil, err
		}
		if p.theme, err = settled("theme", g.Theme); err != nil {
			return nil, err
		}
		if g.Prefix != "" {
			p.prefix = g.Prefix
		}
		if origin == "" {
			if origin, err = issuerOrigin(g); err != nil {
				return nil, err
			}
		}
	}
	p.options.Prefix = p.prefix
	if origin == "" {
		return p, nil
	}
	own, err := url.Parse(origin)
	if err != nil || own.Host == "" || own.Scheme != "https" && own.Scheme != "http" || own.User != nil || strings.Trim(own.Path, "/") != "" || own.RawQuery != "" || own.Fragment != "" {
		return nil, fmt.Errorf("--origin %q is no origin, such as https://acme.okta.com", origin)
	}
	p.options.Owns = func(address string) bool {
		u, err := url.Parse(address)
		return err == nil && u.Host != "" && u.User == nil && okta.Origin(u) == okta.Origin(own)
	}
	return p, nil
}

// page is that of an answer, with the name of the step that it shows: Okta's
// for the first remediation, or "" at an end.
func (p *preview) page(renderer *signin.Renderer, body []byte) (page *signin.Page, step string, err error) {
	answer, err := signin.ReadAnswer(body, p.status)
	if err != nil {
		return nil, "", err
	}
	if len(answer.Remediations) > 0 {
		step = answer.Remediations[0].Name
	}
	options := p.options
	options.Words = renderer.Words()
	return signin.Preview(answer, options), step, nil
}

// readInput reads a file, or standard input for "-", up to one byte more than limit.
func readInput(stdin io.Reader, name string, limit int64) ([]byte, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		stdin = file
	}
	data, err := io.ReadAll(io.LimitReader(stdin, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}

// oneLine keeps the command's promise to whoever reads its standard error.
func oneLine(err error) error {
	if err == nil || !strings.ContainsAny(err.Error(), "\r\n") {
		return err
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
