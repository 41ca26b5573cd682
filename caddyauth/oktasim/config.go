package oktasim

import (
	"fmt"
	"io"
	"time"
)

// A Config is the JSON form of a Server's fields. A name it does not have is
// an error; what is absent keeps its default.
type Config struct {
	Users   []User   `json:"users"`
	Clients []Client `json:"clients"`
	Scopes  []string `json:"scopes"`
	Policy  Policy   `json:"policy"`

	// TransactionLifetime is a Go duration, such as "10m".
	TransactionLifetime string `json:"transaction_lifetime"`

	IntrospectErrorType string `json:"introspect_error_type"`
}

const configShape = `{"users":[...],"clients":[...],"scopes":[...],"policy":{...},"transaction_lifetime":"1h","introspect_error_type":"application/json"}`

// LoadConfig reads a Config and returns the Server it describes.
func LoadConfig(r io.Reader) (*Server, error) {
	var config Config
	if err := readStrict(r, &config, configShape); err != nil {
		return nil, err
	}
	return config.Server()
}

// Server checks the config and makes the server.
func (c Config) Server() (*Server, error) {
	s := &Server{Users: c.Users, Clients: c.Clients, Scopes: c.Scopes, Policy: c.Policy, IntrospectErrorType: c.IntrospectErrorType}
	if err := c.Policy.check(); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
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
