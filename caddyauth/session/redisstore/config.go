package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Defaults of Config.
const (
	DefaultKeyPrefix   = "okta_auth:"
	DefaultTimeout     = 2 * time.Second
	DefaultDialTimeout = time.Second
	DefaultReadTimeout = time.Second
)

// Config says where Redis is and how to talk to it. Only Addresses is needed.
type Config struct {
	// Addresses are host:port, or the absolute path of a Unix socket. One is a
	// server of its own; several are Sentinels (with MasterName) or nodes of a
	// Cluster, of which one has to answer.
	Addresses []string
	// MasterName is what the Sentinels call the group of servers; Addresses are
	// the Sentinels' then.
	MasterName string
	// Cluster says that Addresses are nodes of a Redis Cluster.
	Cluster bool

	// Username is the ACL user; "" is Redis' default user.
	Username string
	Password string
	// SentinelUsername and SentinelPassword are for the Sentinels themselves.
	SentinelUsername string
	SentinelPassword string
	// Database is the number to SELECT; default 0. A Cluster has no other.
	Database int

	// TLS encrypts connections, those to Sentinels too.
	TLS bool
	// CAFile holds the certificates, in PEM, of the authorities to trust; ""
	// means the system's. It is read once.
	CAFile string
	// CertFile and KeyFile are the client's certificate and key, in PEM. They are
	// read anew for each connection, so that a renewed one needs no reload.
	CertFile string
	KeyFile  string
	// ServerName is the name in the server's certificate; "" means the host in
	// the address.
	ServerName string

	// KeyPrefix starts every key of ours; default DefaultKeyPrefix. Programs that
	// share sessions share it.
	KeyPrefix string

	// Timeout bounds a whole call: waiting for a connection, retries, failover.
	// Default DefaultTimeout.
	Timeout time.Duration
	// DialTimeout bounds one attempt to connect, the TLS handshake included.
	// Default DefaultDialTimeout.
	DialTimeout time.Duration
	// ReadTimeout bounds one wait for a reply, and as much for sending a command.
	// Default DefaultReadTimeout.
	ReadTimeout time.Duration
	// PoolSize is how many connections are kept to each server at most; default
	// 10 for each CPU, 5 for each CPU and node of a Cluster.
	PoolSize int
}

// Check reports the first setting that cannot be right, with its value and what
// to write instead. Files are not read and nothing is connected to.
func (c Config) Check() error {
	if len(c.Addresses) == 0 {
		return errors.New("redis: no address: add `address HOST:6379`")
	}
	for _, address := range c.Addresses {
		if err := checkAddress(address); err != nil {
			return err
		}
	}
	switch {
	case len(c.Addresses) > 1 && c.MasterName == "" && !c.Cluster:
		return fmt.Errorf("redis: address %q: several addresses are Sentinels or nodes of a Cluster: add `master_name NAME` or `cluster`", c.Addresses)
	case c.MasterName != "" && c.Cluster:
		return fmt.Errorf("redis: master_name %q: Sentinels do not watch over a Cluster: remove `master_name` or `cluster`", c.MasterName)
	case c.Database < 0:
		return fmt.Errorf("redis: database %d: must be 0 or more", c.Database)
	case c.Database > 0 && c.Cluster:
		return fmt.Errorf("redis: database %d: a Cluster has database 0 only: remove `database`", c.Database)
	case c.Username != "" && c.Password == "":
		return fmt.Errorf("redis: username %q: has no password: add `password {env.REDIS_PASSWORD}`", c.Username)
	case c.MasterName == "" && c.SentinelPassword+c.SentinelUsername != "":
		return errors.New("redis: sentinel_password without Sentinels: add `master_name NAME`")
	case c.SentinelUsername != "" && c.SentinelPassword == "":
		return fmt.Errorf("redis: sentinel_username %q: has no password: add `sentinel_password {env.SENTINEL_PASSWORD}`", c.SentinelUsername)
	case c.PoolSize < 0:
		return fmt.Errorf("redis: pool_size %d: must be 1 or more, or left out", c.PoolSize)
	}
	return errors.Join(c.checkTLS(), c.checkTimes(), c.checkPrefix())
}

func checkAddress(address string) error {
	if strings.HasPrefix(address, "/") {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || host == "" || bad != nil || n == 0 || strings.Contains(address, "/") {
		// An address that has a password in it would show it here.
		if strings.Contains(address, "@") {
			return errors.New("redis: an address is HOST:PORT without user and password: use `username` and `password`")
		}
		return fmt.Errorf("redis: address %q: must be HOST:PORT, as in `redis:6379`, or the path of a socket", address)
	}
	return nil
}

func (c Config) checkTLS() error {
	for _, file := range []struct{ name, value string }{
		{"ca_file", c.CAFile}, {"cert_file", c.CertFile}, {"key_file", c.KeyFile}, {"server_name", c.ServerName},
	} {
		if file.value != "" && !c.TLS {
			return fmt.Errorf("redis: %s %q: is for TLS: add `tls`", file.name, file.value)
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return fmt.Errorf("redis: cert_file %q, key_file %q: a client certificate needs both", c.CertFile, c.KeyFile)
	}
	return nil
}

func (c Config) checkTimes() error {
	for _, t := range []struct {
		name  string
		value time.Duration
	}{{"timeout", c.Timeout}, {"dial_timeout", c.DialTimeout}, {"read_timeout", c.ReadTimeout}} {
		if t.value < 0 {
			return fmt.Errorf("redis: %s %s: must be more than 0, or left out", t.name, t.value)
		}
	}
	return nil
}

// checkPrefix refuses what would not stand in a key as it is written: braces
// choose the slot in a Cluster, and would put everything on one node.
func (c Config) checkPrefix() error {
	if len(c.KeyPrefix) > 100 || strings.ContainsFunc(c.KeyPrefix, func(r rune) bool { return r <= ' ' || r > '~' || r == '{' || r == '}' }) {
		return fmt.Errorf("redis: key_prefix %q: at most 100 printable ASCII characters, without spaces and braces", c.KeyPrefix)
	}
	return nil
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	c.KeyPrefix = cmp.Or(c.KeyPrefix, DefaultKeyPrefix)
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.DialTimeout = cmp.Or(c.DialTimeout, DefaultDialTimeout)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, DefaultReadTimeout)
	return c
}
