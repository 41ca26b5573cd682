package redisstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
)

// Each mistake is named with the setting, its value and the way out, and no error
// shows a password.
func TestConfigMistakes(t *testing.T) {
	const secret = "pass-of-okta"
	dir := t.TempDir()
	notPEM := filepath.Join(dir, "not.pem")
	if err := os.WriteFile(notPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := []string{"redis:6379"}
	for _, c := range []struct {
		config redisstore.Config
		want   []string
	}{
		{redisstore.Config{}, []string{"no address", "`address HOST:6379`"}},
		{redisstore.Config{Addresses: []string{"redis"}}, []string{`address "redis"`, "HOST:PORT"}},
		{redisstore.Config{Addresses: []string{":6379"}}, []string{`address ":6379"`}},
		{redisstore.Config{Addresses: []string{"redis:0"}}, []string{`address "redis:0"`}},
		{redisstore.Config{Addresses: []string{"redis:65536"}}, []string{`address "redis:65536"`}},
		{redisstore.Config{Addresses: []string{"redis:redis"}}, []string{`address "redis:redis"`}},
		{redisstore.Config{Addresses: []string{"redis:6379", ""}}, []string{`address ""`}},
		{redisstore.Config{Addresses: []string{"redis://redis:6379"}}, []string{"HOST:PORT"}},
		{redisstore.Config{Addresses: []string{"okta:" + secret + "@redis:6379"}}, []string{"without user and password"}},
		{redisstore.Config{Addresses: []string{"redis://:" + secret + "@redis:6379/0"}}, []string{"without user and password"}},
		{redisstore.Config{Addresses: []string{"a:1", "b:1"}}, []string{"`master_name NAME` or `cluster`"}},
		{redisstore.Config{Addresses: one, Cluster: true, MasterName: "main"}, []string{`master_name "main"`, "remove"}},
		{redisstore.Config{Addresses: one, Cluster: true, Database: 1}, []string{"database 1", "remove"}},
		{redisstore.Config{Addresses: one, Database: -1}, []string{"database -1"}},
		{redisstore.Config{Addresses: one, Username: "okta"}, []string{`username "okta"`, "password"}},
		{redisstore.Config{Addresses: one, SentinelPassword: secret}, []string{"sentinel_password", "master_name"}},
		{redisstore.Config{Addresses: one, MasterName: "main", SentinelUsername: "okta"}, []string{`sentinel_username "okta"`}},
		{redisstore.Config{Addresses: one, CAFile: "ca.pem"}, []string{`ca_file "ca.pem"`, "add `tls`"}},
		{redisstore.Config{Addresses: one, ServerName: "redis"}, []string{`server_name "redis"`, "add `tls`"}},
		{redisstore.Config{Addresses: one, TLS: true, CertFile: "c.pem"}, []string{`cert_file "c.pem"`, `key_file ""`}},
		{redisstore.Config{Addresses: one, TLS: true, CAFile: filepath.Join(dir, "absent")}, []string{"ca_file", "absent", "no such file"}},
		{redisstore.Config{Addresses: one, TLS: true, CAFile: dir}, []string{"ca_file", "is a directory"}},
		{redisstore.Config{Addresses: one, TLS: true, CAFile: notPEM}, []string{"ca_file", "no certificate"}},
		{redisstore.Config{Addresses: one, TLS: true, CertFile: notPEM, KeyFile: notPEM}, []string{"cert_file", "PEM"}},
		{redisstore.Config{Addresses: one, Timeout: -time.Second}, []string{"timeout -1s"}},
		{redisstore.Config{Addresses: one, DialTimeout: -1}, []string{"dial_timeout -1ns"}},
		{redisstore.Config{Addresses: one, ReadTimeout: -1}, []string{"read_timeout -1ns"}},
		{redisstore.Config{Addresses: one, PoolSize: -1}, []string{"pool_size -1"}},
		{redisstore.Config{Addresses: one, KeyPrefix: "a b"}, []string{`key_prefix "a b"`}},
		{redisstore.Config{Addresses: one, KeyPrefix: "{app}"}, []string{`key_prefix "{app}"`, "braces"}},
		{redisstore.Config{Addresses: one, KeyPrefix: "a\r\nb"}, []string{`key_prefix "a\r\nb"`}},
	} {
		if c.config.Username == "" {
			c.config.Password = secret
		}
		_, err := redisstore.New(c.config)
		if err == nil {
			t.Errorf("accepted: want %q", c.want)
			continue
		}
		for _, want := range append(c.want, "redis: ") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q lacks %q", err, want)
			}
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q shows a password", err)
		}
	}
}
