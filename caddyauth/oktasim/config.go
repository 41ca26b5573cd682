package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Config is a Server's fields in a file, YAML or JSON. A name it does not
// have is an error; what is absent keeps its default.
type Config struct {
	// Users is the directory. Default: three demonstration users.
	Users []User `json:"users"`

	// Clients are the registered applications. Default: two, with a secret and
	// without.
	Clients []Client `json:"clients"`

	// Scopes that are known; any other is refused with invalid_scope. Default:
	// openid, profile, email, address, phone, offline_access, groups.
	Scopes []string `json:"scopes"`

	// AuthServers are the custom authorization servers. The org's own is always
	// there. Default: one, "default".
	AuthServers []AuthServer `json:"authorization_servers"`

	// Policy says what a sign-in asks for. Default: a password.
	Policy Policy `json:"policy"`

	// Limits say how often the org lets itself be asked: true is Okta's limits.
	// Default: without end.
	Limits Limits `json:"limits"`

	// Oddness is what varies from answer to answer. Default: all.
	Oddness Oddness `json:"oddness"`

	// Faults are what goes wrong on purpose. Default: nothing.
	Faults []Fault `json:"faults"`

	// TransactionLifetime is how long a sign-in may take, a duration such as
	// "10m". Default: "1h".
	TransactionLifetime string `json:"transaction_lifetime"`

	// IntrospectErrorType is the Content-Type of a failed introspect. Default:
	// that of the other answers, application/ion+json.
	IntrospectErrorType string `json:"introspect_error_type"`

	// InteractAuth lists how a client may prove itself at /interact:
	// "client_secret_post", "client_secret_basic", "private_key_jwt". Default: all.
	InteractAuth []string `json:"interact_auth"`

	// QueryParameters lets a form that is posted have parameters in the query of
	// its address, as Okta does. Default: false, because secrets end up in logs
	// there.
	QueryParameters bool `json:"query_parameters"`
}

// A Seed is the file that the command reads: one org, and others beside it.
type Seed struct {
	Config

	// Orgs are more orgs in the same process.
	Orgs []SeedOrg `json:"orgs"`
}

// A SeedOrg is one more org.
type SeedOrg struct {
	// Name is the org's in the management port's addresses: /orgs/NAME/state.
	Name string `json:"name"`

	// Listen is its address, host:port.
	Listen string `json:"listen"`

	Config
}

const configShape = `{"users":[...],"clients":[...],"scopes":[...],"authorization_servers":[...],"policy":{...},"limits":true,"oddness":{...},"faults":[...],"transaction_lifetime":"1h","introspect_error_type":"application/json","query_parameters":false,"interact_auth":["client_secret_post"]}`

// LoadConfig reads a Config and returns the Server it describes.
func LoadConfig(r io.Reader) (*Server, error) {
	var config Config
	if err := readFile(r, &config); err != nil {
		return nil, err
	}
	return config.Server()
}

// LoadSeed reads a Seed and returns the orgs that it describes: first the one
// that has no name.
func LoadSeed(r io.Reader) ([]Org, error) {
	var seed Seed
	if err := readFile(r, &seed); err != nil {
		return nil, err
	}
	first, err := seed.Server()
	if err != nil {
		return nil, err
	}
	orgs := []Org{{Server: first}}
	names := map[string]bool{}
	for i, also := range seed.Orgs {
		if also.Name == "" || strings.ContainsFunc(also.Name, notInName) || names[also.Name] {
			return nil, fmt.Errorf("orgs: the name of org %d is %q; each needs one of its own, of letters, digits, - and _", i+1, also.Name)
		}
		names[also.Name] = true
		if also.Listen == "" {
			return nil, fmt.Errorf("orgs: %q needs listen, for example \"127.0.0.1:8091\"", also.Name)
		}
		server, err := also.Server()
		if err != nil {
			return nil, fmt.Errorf("orgs: %q: %w", also.Name, err)
		}
		orgs = append(orgs, Org{Name: also.Name, Listen: also.Listen, Server: server})
	}
	return orgs, nil
}

func notInName(r rune) bool {
	return !strings.ContainsRune(letters+"-_", r)
}

// readFile decodes a file. YAML becomes JSON first, so that there is one
// decoder with one idea of what is allowed.
func readFile(r io.Reader, into any) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) {
		if content, err = jsonOf(content); err != nil {
			return fmt.Errorf("%w; expected %s, or the same as YAML", err, configShape)
		}
	}
	return readStrict(bytes.NewReader(content), into, configShape)
}

// jsonOf is a YAML document as JSON.
func jsonOf(content []byte) ([]byte, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var value any
	if err := decoder.Decode(&value); errors.Is(err, io.EOF) || err == nil && value == nil {
		return nil, errors.New("nothing was given")
	} else if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one YAML document")
	}
	out, err := json.Marshal(value)
	if err != nil {
		return nil, errors.New("a name is not a text: put it in quotes")
	}
	return out, nil
}

// Server checks the config and makes the server.
func (c Config) Server() (*Server, error) {
	s := &Server{
		Users: c.Users, Clients: c.Clients, Scopes: c.Scopes, AuthServers: c.AuthServers,
		Policy: c.Policy, Limits: c.Limits, Oddness: c.Oddness, Faults: c.Faults,
		IntrospectErrorType: c.IntrospectErrorType, QueryParameters: c.QueryParameters, InteractAuth: c.InteractAuth,
	}
	if err := c.Policy.check(); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if err := c.Limits.check(); err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	if err := c.Oddness.check(); err != nil {
		return nil, fmt.Errorf("oddness: %w", err)
	}
	for _, f := range c.Faults {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("faults: %w", err)
		}
	}
	for _, u := range c.Users {
		if err := u.check(); err != nil {
			return nil, fmt.Errorf("users: %w", err)
		}
	}
	for _, client := range c.Clients {
		if client.ID == "" {
			return nil, fmt.Errorf("clients: a client needs a client_id")
		}
		if err := client.checkKeys(); err != nil {
			return nil, fmt.Errorf("clients: %w", err)
		}
		if !knownDPoP(client.DPoP) {
			return nil, fmt.Errorf("clients: dpop of %q is %q; it can be %q, %q or left out", client.ID, client.DPoP, DPoPRequired, DPoPOff)
		}
	}
	for _, as := range c.AuthServers {
		if as.Name == "" || strings.ContainsFunc(as.Name, notInName) {
			return nil, fmt.Errorf("authorization_servers: a name is %q; it needs letters, digits, - and _", as.Name)
		}
	}
	for _, how := range c.InteractAuth {
		if !slices.Contains(authMethods, how) {
			return nil, fmt.Errorf("interact_auth has %q; it can have %s", how, orList(authMethods))
		}
	}
	if c.TransactionLifetime != "" {
		lifetime, err := time.ParseDuration(c.TransactionLifetime)
		if err != nil || lifetime <= 0 {
			return nil, fmt.Errorf("transaction_lifetime is %q; expected a duration such as \"10m\"", c.TransactionLifetime)
		}
		s.TransactionLifetime = lifetime
	}
	return s, nil
}
