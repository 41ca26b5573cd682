package okta

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// Somebody on the way answers for the org: with a certificate that nobody
// vouches for, that is over or for another name, or with a protocol that can be
// broken. The connection ends before a secret is sent.
//
// Rows: S-54.
func TestS54_ForgedCertificates(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		host     string
		notAfter time.Time
		trusted  bool
		version  uint16
		want     bool
	}{
		"good":        {"127.0.0.1", now.Add(time.Hour), true, tls.VersionTLS12, true},
		"self-signed": {"127.0.0.1", now.Add(time.Hour), false, tls.VersionTLS13, false},
		"expired":     {"127.0.0.1", now.Add(-time.Minute), true, tls.VersionTLS13, false},
		"wrong name":  {"127.0.0.2", now.Add(time.Hour), true, tls.VersionTLS13, false},
		"TLS 1.0":     {"127.0.0.1", now.Add(time.Hour), true, tls.VersionTLS10, false},
		"TLS 1.1":     {"127.0.0.1", now.Add(time.Hour), true, tls.VersionTLS11, false},
	} {
		t.Run(name, func(t *testing.T) {
			template := &x509.Certificate{
				SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "org"}, IPAddresses: []net.IP{net.ParseIP(c.host)},
				NotBefore: now.Add(-time.Hour), NotAfter: c.notAfter, BasicConstraintsValid: true, IsCA: true,
			}
			key := rsaKeys()[0]
			der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			var calls atomic.Int64
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				io.WriteString(w, `{"version":"1.0.0"}`)
			}))
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS10, MaxVersion: c.version}
			srv.StartTLS()
			t.Cleanup(srv.Close)

			f := newFakeOrg(t)
			o := f.org(func(cfg *Config) { cfg.Issuer = srv.URL + "/oauth2/default" })
			transport := o.http.Transport.(capped).base.(*http.Transport) // the one that production has
			if c.trusted {
				transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
				transport.TLSClientConfig.RootCAs.AddCert(cert)
			}
			_, err = o.Introspect(t.Context(), Device{}, testHandle)
			if reached := calls.Load() > 0; reached != c.want || (err == nil) != c.want {
				t.Errorf("reached %v, error %v", reached, err)
			}
			if err != nil && !isKind(err, Unreachable) {
				t.Errorf("error %v", err)
			}
		})
	}
}
