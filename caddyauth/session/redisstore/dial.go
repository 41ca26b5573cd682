package redisstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
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
// accepts and then says nothing must not hold a request. What ends a connection later
// is noted.
func newDialer(config *tls.Config, ended *lastError) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		var plain net.Dialer
		if config == nil {
			raw, err := plain.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return watched(raw, raw, ended)
		}
		secured, err := (&tls.Dialer{NetDialer: &plain, Config: config}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return watched(secured, secured.(*tls.Conn).NetConn(), ended)
	}
}

func watched(c, below net.Conn, ended *lastError) (net.Conn, error) {
	socket, ok := below.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("redis: a connection without a socket: %T", below)
	}
	return &conn{Conn: c, socket: socket, ended: ended}, nil
}

// lastError is how the last connection ended. Where a server ends each one as soon as
// it is asked something, the client tries until the time is over and says no more
// than that: whether a certificate was missing, or TLS, would be for the operator to
// guess.
type lastError struct{ err atomic.Pointer[error] }

func (l *lastError) note(err error) {
	if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) { // by ourselves
		l.err.Store(&err)
	}
}

// explain adds it to a call that took too long.
func (l *lastError) explain(err error) error {
	last := l.err.Load()
	if last == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w; the last connection ended with %w (is tls set as the server has it, and the client's certificate one that it takes?)", err, *last)
}

func (l *lastError) forget() {
	if l.err.Load() != nil {
		l.err.Store(nil)
	}
}
