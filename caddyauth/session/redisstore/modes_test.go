package redisstore_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// A user of Redis that may do what a store needs and nothing else: what the
// documentation tells an operator to write.
const leastACL = "okta on >pass-of-okta ~okta_auth:* resetchannels -@all +ping +hello +auth +select +time " +
	"+getrange +get +set +del +zadd +zrem +zrevrange +zremrangebyscore +pexpire +eval +evalsha +xadd +xrange"

func TestConformanceWithLeastRights(t *testing.T) {
	server := newServer(t)
	acl := filepath.Join(server.dir, "users.acl")
	if err := os.WriteFile(acl, []byte("user "+leastACL+"\nuser default off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server.args = append(server.args, "--aclfile", acl)
	server.start(t)
	config := redisstore.Config{Addresses: []string{server.address}, Username: "okta", Password: "pass-of-okta", Database: 3}
	sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, connect(t, config)) })
	leaseOnce(t, open(t, connect(t, config)))

	config.Password = "not-the-password"
	err := connect(t, config).Ping(t.Context())
	if err == nil || strings.Contains(err.Error(), config.Password) {
		t.Errorf("with a wrong password: %v", err)
	}
	config.Password, config.KeyPrefix = "pass-of-okta", "other:"
	if _, err := open(t, connect(t, config)).Store.Load(t.Context(), sessiontest.Host, strings.Repeat("A", 43)); err == nil {
		t.Error("keys that the user may not read: signed out instead of an error")
	}
}

func TestConformanceOverUnixSocket(t *testing.T) {
	server := newServer(t)
	socket := filepath.Join(server.dir, "redis.sock")
	server.args = append(server.args, "--unixsocket", socket)
	server.start(t)
	client := connect(t, redisstore.Config{Addresses: []string{socket}, KeyPrefix: "reports:"})
	sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, client) })
	for _, key := range server.do(t, "KEYS", "*").([]any) {
		if !strings.HasPrefix(key.(string), "reports:") {
			t.Errorf("key %q has not the prefix", key)
		}
	}
}

func TestConformanceWithTLS(t *testing.T) {
	pki := newPKI(t)
	server := startTLS(t, pki)
	config := redisstore.Config{
		Addresses: []string{server.address}, TLS: true, CAFile: pki.ca,
		CertFile: pki.clientCert, KeyFile: pki.clientKey, ServerName: "redis.internal",
	}
	sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, connect(t, config)) })

	for name, c := range map[string]struct {
		spoil func(*redisstore.Config)
		want  string // in the error, for the operator
	}{
		"another authority":     {func(c *redisstore.Config) { c.CAFile = newPKI(t).ca }, "certificate signed by unknown authority"},
		"no client certificate": {func(c *redisstore.Config) { c.CertFile, c.KeyFile = "", "" }, ""}, // how it ends is a matter of who is first
		"another server's name": {func(c *redisstore.Config) { c.ServerName = "redis.example.com" }, "redis.internal"},
		"no TLS":                {func(c *redisstore.Config) { *c = redisstore.Config{Addresses: c.Addresses} }, ""},
	} {
		bad := config
		c.spoil(&bad)
		if err := connect(t, bad).Ping(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

// The client's certificate is renewed: connections made from then on bring the
// new one, without a reload.
//
// Rows: F-14.
func TestF14_ClientCertificateIsRenewed(t *testing.T) {
	pki := newPKI(t)
	server := startTLS(t, pki)
	client := connect(t, redisstore.Config{
		Addresses: []string{server.address}, TLS: true, CAFile: pki.ca,
		CertFile: pki.clientCert, KeyFile: pki.clientKey, ServerName: "redis.internal",
	})
	if err := client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	pki.renew(t, pki)
	server.restart(t)
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("with the renewed certificate: %v", err)
	}
	other := newPKI(t)
	pki.renew(t, other)
	server.restart(t)
	if err := client.Ping(t.Context()); err == nil {
		t.Error("a certificate of another authority was not read, or accepted")
	}
}

func TestConformanceInCluster(t *testing.T) {
	addresses, nodes := startCluster(t)
	for _, node := range nodes {
		args := []any{"ACL", "SETUSER"}
		for _, arg := range strings.Fields(leastACL + " +cluster|slots +cluster|shards +command +readonly +asking") {
			args = append(args, arg)
		}
		node.do(t, args...)
	}
	client := connect(t, redisstore.Config{Addresses: addresses, Cluster: true, Username: "okta", Password: "pass-of-okta"})
	sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, client) })
	leaseOnce(t, open(t, client))
	journalTells(t, client)

	one := open(t, connect(t, redisstore.Config{Addresses: addresses[:1], Username: "okta", Password: "pass-of-okta"}))
	rig.Eventually(t, "a node that is taken for the whole is named", func() bool {
		_, err := one.Store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("ada"))
		return err != nil && strings.Contains(err.Error(), "add `cluster`")
	})
}

// A slot moves to another node while sessions in it are used: Redis answers MOVED
// (oauth2-proxy issue 1812), and nobody notices.
//
// Rows: F-14.
func TestF14_SlotsMoveInCluster(t *testing.T) {
	addresses, nodes := startCluster(t)
	o := open(t, connect(t, redisstore.Config{Addresses: addresses[:1], Cluster: true}))
	store := o.Store.(*redisstore.Store)
	var tokens []string
	for range 20 {
		tokens = append(tokens, save(t, o, "", "ada"))
	}
	// All of the first node's keys that are sessions go to the second.
	to := nodes[1].do(t, "CLUSTER", "MYID")
	from := nodes[0].do(t, "CLUSTER", "MYID")
	moved := 0
	for _, token := range tokens {
		key := store.SessionKey(sessiontest.Host, token)
		slot := nodes[0].do(t, "CLUSTER", "KEYSLOT", key).(int64)
		if slot > 5460 {
			continue
		}
		moved++
		nodes[1].do(t, "CLUSTER", "SETSLOT", slot, "IMPORTING", from)
		nodes[0].do(t, "CLUSTER", "SETSLOT", slot, "MIGRATING", to)
		host, port, _ := net.SplitHostPort(nodes[1].address)
		if moved%2 == 0 { // the others are answered with ASK, and are not there yet
			nodes[0].do(t, "MIGRATE", host, port, key, 0, 5000)
		}
		if s, err := store.Fresh(t.Context(), sessiontest.Host, token); err != nil || s == nil {
			t.Errorf("while its slot moves: session %v, err %v", s != nil, err)
		}
		if moved%2 != 0 {
			nodes[0].do(t, "MIGRATE", host, port, key, 0, 5000)
		}
		for _, node := range []*server{nodes[1], nodes[0], nodes[2]} {
			node.do(t, "CLUSTER", "SETSLOT", slot, "NODE", to)
		}
		if s, err := store.Fresh(t.Context(), sessiontest.Host, token); err != nil || s == nil {
			t.Errorf("after its slot moved: session %v, err %v", s != nil, err)
		}
	}
	if moved == 0 {
		t.Error("no session's slot moved")
	}
}

// The master dies, and the Sentinels promote its replica: sessions go on, and
// new ones can be written.
//
// Rows: F-14.
func TestF14_SentinelFailover(t *testing.T) {
	master := startServer(t)
	replicaServer := startServer(t, "--replicaof", "127.0.0.1 "+portOf(master.address))
	var addresses []string
	for range 3 {
		addresses = append(addresses, startSentinel(t, master).address)
	}
	client := connect(t, redisstore.Config{Addresses: addresses, MasterName: "main", SentinelPassword: "pass-of-sentinel"})
	t.Run("suite", func(t *testing.T) {
		sessiontest.Run(t, func(t *testing.T) sessiontest.Opened { return open(t, client) })
	})
	o := open(t, client)
	store := o.Store.(*redisstore.Store)
	token := save(t, o, "", "ada")
	rig.Eventually(t, "the replica has everything", func() bool {
		info := replicaServer.do(t, "INFO", "replication").(string)
		return strings.Contains(info, "master_link_status:up") && replicaServer.do(t, "EXISTS", store.SessionKey(sessiontest.Host, token)) == int64(1)
	})
	rig.Eventually(t, "the Sentinels know the replica and each other", func() bool {
		for _, address := range addresses {
			s := &server{address: address}
			info := fmt.Sprint(s.sentinel(t).Do(context.Background(), "SENTINEL", "MASTER", "main").Val())
			if !strings.Contains(info, "num-slaves 1 ") || !strings.Contains(info, "num-other-sentinels 2 ") {
				return false
			}
		}
		return true
	})

	master.kill()
	var failures int
	rig.Eventually(t, "a new master is used", func() bool {
		s, err := store.Fresh(t.Context(), sessiontest.Host, token)
		if err == nil && s == nil {
			t.Fatal("signed out by the failover")
		}
		if err != nil {
			failures++
		}
		return err == nil
	})
	t.Logf("%d loads failed during the failover", failures)
	rig.Eventually(t, "the new master takes sessions", func() bool {
		_, err := store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("bob"))
		return err == nil
	})
}

// Sentinels that do not know the master, because its name is misspelt or they were
// set up anew, have no answer: that is not one that says that there is no session,
// and nothing was saved.
//
// Rows: F-14.
func TestF14_SentinelsDoNotKnowTheMaster(t *testing.T) {
	sentinel := startSentinel(t, startServer(t))
	client := connect(t, redisstore.Config{Addresses: []string{sentinel.address}, MasterName: "mian", SentinelPassword: "pass-of-sentinel"})
	o := open(t, client)
	if _, err := o.Store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("ada")); err == nil || !strings.Contains(err.Error(), `master_name "mian"`) {
		t.Errorf("saved nowhere: %v", err)
	}
	if s, err := o.Store.Load(t.Context(), sessiontest.Host, strings.Repeat("A", 43)); s != nil || err == nil {
		t.Error("nobody was asked, and the answer is: signed out")
	}
	if client.Ping(t.Context()) == nil {
		t.Error("a Redis that nobody knows is ready")
	}
	if err := client.Journal("app", time.Hour).Publish(t.Context(), session.Mark{Name: "m", Ends: time.Now().Add(time.Hour)}); err == nil {
		t.Error("a mark was published nowhere")
	}
}

// Redis' address leads to a replica for a moment, as names do after a failover:
// reading goes on, writing is an error and not a sign-out, and works again by
// itself (oauth2-proxy issue 1658).
//
// Rows: F-14.
func TestF14_ReadOnlyReplica(t *testing.T) {
	other := startServer(t)
	server := startServer(t)
	o := open(t, server.client(t))
	token := save(t, o, "", "ada")
	server.do(t, "REPLICAOF", "127.0.0.1", portOf(other.address))
	server.do(t, "CONFIG", "SET", "replica-serve-stale-data", "yes")
	if _, err := o.Store.Save(t.Context(), sessiontest.Host, token, sessiontest.New("ada")); err == nil || !strings.Contains(err.Error(), "READONLY") {
		t.Errorf("saved on a replica: %v", err)
	}
	if err := o.Store.Delete(t.Context(), sessiontest.Host, token); err == nil {
		t.Error("deleted on a replica")
	}
	server.do(t, "REPLICAOF", "NO", "ONE")
	if _, err := o.Store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("ada")); err != nil {
		t.Errorf("after it became a master: %v", err)
	}
}

func save(t *testing.T, o sessiontest.Opened, token, subject string) string {
	t.Helper()
	token, err := o.Store.Save(t.Context(), sessiontest.Host, token, sessiontest.New(subject))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func leaseOnce(t *testing.T, o sessiontest.Opened) {
	t.Helper()
	leaser, token := o.Store.(session.Leaser), save(t, o, "", "ada")
	release, held, err := leaser.Lease(t.Context(), sessiontest.Host, token)
	if err != nil || !held {
		t.Fatalf("lease: held %v, err %v", held, err)
	}
	if _, again, err := leaser.Lease(t.Context(), sessiontest.Host, token); again || err != nil {
		t.Errorf("a second lease: held %v, err %v", again, err)
	}
	release()
	release, held, err = leaser.Lease(t.Context(), sessiontest.Host, token)
	if err != nil || !held {
		t.Errorf("after its release: held %v, err %v", held, err)
	}
	release()
}

// startCluster starts three nodes that share the slots.
func startCluster(t *testing.T) (addresses []string, nodes []*server) {
	t.Helper()
	var buses []string
	for i := range 3 {
		buses = append(buses, rig.FreePort(t))
		node := newServer(t, "--cluster-enabled", "yes", "--cluster-port", buses[i], "--cluster-node-timeout", "5000")
		node.start(t)
		nodes, addresses = append(nodes, node), append(addresses, node.address)
		first := []int{0, 5461, 10923, 16384}
		node.do(t, "CLUSTER", "ADDSLOTSRANGE", first[i], first[i+1]-1)
		node.do(t, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
		if i > 0 {
			node.do(t, "CLUSTER", "MEET", "127.0.0.1", portOf(nodes[0].address), buses[0])
		}
	}
	rig.Eventually(t, "all nodes know all slots", func() bool {
		for _, node := range nodes {
			info := node.do(t, "CLUSTER", "INFO").(string)
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:3") || !strings.Contains(info, "cluster_size:3") {
				return false
			}
		}
		return true
	})
	return addresses, nodes
}

func startSentinel(t *testing.T, master *server) *server {
	t.Helper()
	sentinel := newServer(t)
	config := filepath.Join(sentinel.dir, "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nrequirepass pass-of-sentinel\nsentinel sentinel-pass pass-of-sentinel\n"+
		"sentinel monitor main 127.0.0.1 %s 2\nsentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 3000\n",
		portOf(sentinel.address), sentinel.dir, portOf(master.address))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel.args = []string{config, "--sentinel"}
	sentinel.start(t)
	return sentinel
}

func startTLS(t *testing.T, pki *pki, args ...string) *server {
	t.Helper()
	server := newServer(t, args...)
	server.args = append(server.args, "--port", "0", "--tls-port", portOf(server.address),
		"--tls-cert-file", pki.serverCert, "--tls-key-file", pki.serverKey, "--tls-ca-cert-file", pki.ca)
	server.start(t)
	return server
}

// pki is an authority with a server's and a client's certificate, as files.
type pki struct {
	ca, serverCert, serverKey, clientCert, clientKey string

	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	dir := t.TempDir()
	p := &pki{
		ca:         filepath.Join(dir, "ca.pem"),
		serverCert: filepath.Join(dir, "server.pem"), serverKey: filepath.Join(dir, "server.key"),
		clientCert: filepath.Join(dir, "client.pem"), clientKey: filepath.Join(dir, "client.key"),
	}
	p.key = newKey(t)
	template := certificate("authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, p.key.Public(), p.key)
	if err != nil {
		t.Fatal(err)
	}
	if p.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, p.ca, "CERTIFICATE", der)
	p.issue(t, "redis.internal", p.serverCert, p.serverKey)
	p.renew(t, p)
	return p
}

// renew puts a client certificate of an authority in the place of p's.
func (p *pki) renew(t *testing.T, by *pki) {
	t.Helper()
	by.issue(t, "caddy", p.clientCert, p.clientKey)
}

func (p *pki) issue(t *testing.T, name, certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	template := certificate(name)
	template.DNSNames = []string{name}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, p.cert, key.Public(), p.key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, certFile, "CERTIFICATE", der)
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, keyFile, "EC PRIVATE KEY", private)
}

func certificate(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
