package caddyauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// maxConfig is the most that is read of a config, in bytes.
const maxConfig = 16 << 20

// configuredGate is the first okta_auth block of a config, which is read and
// not set up. What is JSON is taken for Caddy's; anything else is a Caddyfile.
func configuredGate(stdin io.Reader, file string) (*Gate, error) {
	data, err := readInput(stdin, file, maxConfig)
	if err != nil {
		return nil, err
	}
	var config any
	switch err := json.Unmarshal(data, &config); {
	case err == nil:
	case filepath.Ext(file) == ".json":
		return nil, fmt.Errorf("%s:%d: %w", file, lineOf(data, err), err)
	default:
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(data, map[string]any{"filename": file})
		if err != nil {
			return nil, err // it names file and line
		}
		if err := json.Unmarshal(adapted, &config); err != nil {
			return nil, err
		}
	}
	found := findGate(config)
	if found == nil {
		return nil, fmt.Errorf("%s has no %s", file, directive)
	}
	raw, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	g := new(Gate)
	if err := json.Unmarshal(raw, g); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", file, directive, err)
	}
	if g.Prefix != "" {
		if err := checkPrefix(g.Prefix); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return g, nil
}

// findGate is the first handler of this kind, wherever in the config it is.
func findGate(config any) map[string]any {
	switch v := config.(type) {
	case map[string]any:
		if v["handler"] == directive {
			return v
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found := findGate(v[name]); found != nil {
				return found
			}
		}
	case []any:
		for _, item := range v {
			if found := findGate(item); found != nil {
				return found
			}
		}
	}
	return nil
}

// issuerOrigin is the org's.
func issuerOrigin(g *Gate) (string, error) {
	issuer, err := settled("issuer", g.Issuer)
	if err != nil {
		return "", fmt.Errorf("%w, or give --origin", err)
	}
	u, err := url.Parse(issuer)
	if err == nil {
		err = okta.CheckIssuer(issuer)
	}
	if err != nil {
		return "", err
	}
	return okta.Origin(u), nil
}

// settled expands the global placeholders of one value, as Gate.replace does for
// all: a preview needs no secrets.
func settled(name, value string) (string, error) {
	v, err := caddy.NewReplacer().ReplaceOrErr(value, true, true)
	if err != nil {
		return "", fmt.Errorf("%s is %q: %w: set the variable or file that it names", name, value, err)
	}
	return v, nil
}

// lineOf is where in the data an error of encoding/json is.
func lineOf(data []byte, err error) int {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return 1
	}
	return 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
}
