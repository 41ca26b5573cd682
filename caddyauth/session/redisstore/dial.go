package redisstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"syscall"
)

// tlsConfig reads the files, the client's certificate to see that it is one.
func (c Config) tlsConfig() (*tls.Config, error) {
	if !c.TLS {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("redis: ca_file %q: %w", c.CAFile, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("redis: ca_file %q: holds no certificate in PEM", c.CAFile)
		}
	}
	if c.CertFile != "" {
		load := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
			if err != nil {
				return nil, fmt.Errorf("redis: cert_file %q, key_file %q: %w", c.CertFile, c.KeyFile, err)
			}
			return &pair, nil
		}
		if _, err := load(); err != nil {
			return nil, err
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	}
	return config, nil
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// newDialer dials within the context, the TLS handshake included: a server that
// accepts and then says nothing must not hold a request.
func newDialer(config *tls.Config) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		var plain net.Dialer
		if config == nil {
			raw, err := plain.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return watched(raw, raw)
		}
		secured, err := (&tls.Dialer{NetDialer: &plain, Config: config}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return watched(secured, secured.(*tls.Conn).NetConn())
	}
}

func watched(c, below net.Conn) (net.Conn, error) {
	socket, ok := below.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("redis: a connection without a socket: %T", below)
	}
	return &conn{Conn: c, socket: socket}, nil
}
