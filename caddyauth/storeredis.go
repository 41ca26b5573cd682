package caddyauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
)

func init() {
	caddy.RegisterModule(RedisSessions{})
}

// RedisSessions keeps sessions in Redis, for any number of replicas: one server,
// Sentinel or Cluster. A record is sealed with what only the browser's cookie and
// the key together give, so that nobody gets a session from reading Redis. While
// Redis is down, signed-in users get 503; when it is back they go on.
//
// Placeholders such as `{env.NAME}` work in all texts.
type RedisSessions struct {
	// HOST:PORT, or the absolute path of a Unix socket. Several are Sentinels, with
	// `master_name`, or nodes of a Cluster, with `cluster`. Required.
	Address []string `json:"address,omitempty"`
	// What the Sentinels call the servers that they watch over.
	MasterName string `json:"master_name,omitempty"`
	// The addresses are nodes of a Redis Cluster. Default: false.
	Cluster bool `json:"cluster,omitempty"`
	// The ACL user. Default: Redis' default user.
	Username string `json:"username,omitempty"`
	// Its password. Default: none.
	Password string `json:"password,omitempty"`
	// The ACL user at the Sentinels. Default: their default user.
	SentinelUsername string `json:"sentinel_username,omitempty"`
	// Its password. Default: none.
	SentinelPassword string `json:"sentinel_password,omitempty"`
	// The number of the database. Default: 0.
	Database int `json:"database,omitempty"`
	// Encrypt connections. Default: false.
	TLS bool `json:"tls,omitempty"`
	// A file with the certificates, in PEM, of the authorities to trust. Default:
	// the system's.
	CAFile string `json:"ca_file,omitempty"`
	// Files with the client's certificate and key, in PEM. They are read anew for
	// each connection. Default: none.
	CertFile string `json:"cert_file,omitempty"`
	KeyFile  string `json:"key_file,omitempty"`
	// The name in the server's certificate. Default: the host in the address.
	ServerName string `json:"server_name,omitempty"`
	// What every key in Redis begins with. Replicas need the same. Default:
	// `okta_auth:`.
	KeyPrefix string `json:"key_prefix,omitempty"`
	// How long a request waits for Redis, retries included. Default: 2s.
	Timeout caddy.Duration `json:"timeout,omitempty"`
	// How long one attempt to connect may take. Default: 1s.
	DialTimeout caddy.Duration `json:"dial_timeout,omitempty"`
	// How long one reply may take. Default: 1s.
	ReadTimeout caddy.Duration `json:"read_timeout,omitempty"`
	// How many connections there may be to each server. Default: 10 for each CPU.
	PoolSize int `json:"pool_size,omitempty"`

	client *redisstore.Client
	key    string // in redisPool; "" until the client is acquired
}

// redisClient is shared by the sites, and the configs, that name the same Redis
// the same way.
type redisClient struct{ *redisstore.Client }

var redisPool = caddy.NewUsagePool()

// Destruct closes the connections.
func (c redisClient) Destruct() error { return c.Close() }

// CaddyModule returns the Caddy module information.
func (RedisSessions) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.okta_auth.stores.redis", New: func() caddy.Module { return new(RedisSessions) }}
}

// Provision sets the client up. It does not connect.
func (s *RedisSessions) Provision(caddy.Context) error {
	repl := caddy.NewReplacer()
	texts := []setting{
		{"master_name", &s.MasterName}, {"username", &s.Username}, {"password", &s.Password},
		{"sentinel_username", &s.SentinelUsername}, {"sentinel_password", &s.SentinelPassword},
		{"ca_file", &s.CAFile}, {"cert_file", &s.CertFile}, {"key_file", &s.KeyFile},
		{"server_name", &s.ServerName}, {"key_prefix", &s.KeyPrefix},
	}
	for i := range s.Address {
		texts = append(texts, setting{"address", &s.Address[i]})
	}
	for _, text := range texts {
		if *text.value == "" {
			continue
		}
		v, err := repl.ReplaceOrErr(*text.value, true, true)
		if err != nil {
			return fmt.Errorf("%s is %q: %w: set the variable or file that it names", text.name, *text.value, err)
		}
		*text.value = strings.TrimRight(v, "\r\n")
	}
	config := s.config()
	name, err := json.Marshal(config)
	if err != nil {
		return err
	}
	value, _, err := redisPool.LoadOrNew(string(name), func() (caddy.Destructor, error) {
		client, err := redisstore.New(config)
		if err != nil {
			return nil, err
		}
		return redisClient{client}, nil
	})
	if err != nil {
		return err
	}
	client, ok := value.(redisClient)
	if !ok {
		return errors.New("redis: the client is gone")
	}
	s.client, s.key = client.Client, string(name)
	return nil
}

// config is what the client is made from.
func (s *RedisSessions) config() redisstore.Config {
	return redisstore.Config{
		Addresses: s.Address, MasterName: s.MasterName, Cluster: s.Cluster,
		Username: s.Username, Password: s.Password, SentinelUsername: s.SentinelUsername, SentinelPassword: s.SentinelPassword,
		Database: s.Database, TLS: s.TLS, CAFile: s.CAFile, CertFile: s.CertFile, KeyFile: s.KeyFile, ServerName: s.ServerName,
		KeyPrefix: s.KeyPrefix, Timeout: time.Duration(s.Timeout), DialTimeout: time.Duration(s.DialTimeout),
		ReadTimeout: time.Duration(s.ReadTimeout), PoolSize: s.PoolSize,
	}
}

// Cleanup releases what Provision acquired.
func (s *RedisSessions) Cleanup() error {
	if s.key == "" {
		return nil
	}
	_, err := redisPool.Delete(s.key)
	s.key = ""
	return err
}

// OpenStore returns the store.
func (s *RedisSessions) OpenStore(settings StoreSettings) session.Store {
	store := s.client.Store(settings.Keyring, settings.Name, settings.Limits)
	store.Marks, store.Foreign, store.Logger, store.Now = settings.Marks, settings.Foreign, settings.Logger, settings.Now
	return store
}

// OpenJournal returns the journal of one application.
func (s *RedisSessions) OpenJournal(name string, keep time.Duration) session.Journal {
	return s.client.Journal(name, keep)
}

// JournalName names this Redis.
func (s *RedisSessions) JournalName() string { return s.key }

// Ping tells whether Redis answers.
func (s *RedisSessions) Ping(ctx context.Context) error { return s.client.Ping(ctx) }

// UnmarshalCaddyfile sets up the store from Caddyfile tokens. Syntax:
//
//	redis {
//	    address      <host:port|path...>
//	    master_name  <name>
//	    cluster
//	    username     <name>
//	    password     <secret>
//	    sentinel_username <name>
//	    sentinel_password <secret>
//	    database     <number>
//	    tls
//	    ca_file      <path>
//	    cert_file    <path>
//	    key_file     <path>
//	    server_name  <name>
//	    key_prefix   <text>
//	    timeout      <duration>
//	    dial_timeout <duration>
//	    read_timeout <duration>
//	    pool_size    <count>
//	}
func (s *RedisSessions) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return storeBlock(d, map[string]any{
		"address": &s.Address, "master_name": &s.MasterName, "cluster": &s.Cluster,
		"username": &s.Username, "password": &s.Password,
		"sentinel_username": &s.SentinelUsername, "sentinel_password": &s.SentinelPassword,
		"database": number{&s.Database, 0}, "tls": &s.TLS, "ca_file": &s.CAFile, "cert_file": &s.CertFile, "key_file": &s.KeyFile,
		"server_name": &s.ServerName, "key_prefix": &s.KeyPrefix,
		"timeout": &s.Timeout, "dial_timeout": &s.DialTimeout, "read_timeout": &s.ReadTimeout, "pool_size": number{&s.PoolSize, 1},
	}, func() error { return s.config().Check() })
}

// Interface guards
var (
	_ caddy.Provisioner     = (*RedisSessions)(nil)
	_ caddy.CleanerUpper    = (*RedisSessions)(nil)
	_ SessionStore          = (*RedisSessions)(nil)
	_ journalKeeper         = (*RedisSessions)(nil)
	_ pinger                = (*RedisSessions)(nil)
	_ caddyfile.Unmarshaler = (*RedisSessions)(nil)
)
