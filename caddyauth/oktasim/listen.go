package oktasim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Listen opens a TCP port for a simulator. address is host:port; the host must
// be a loopback address or localhost, because what a simulator believes is
// public.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: expected host:port, for example 127.0.0.1:8081: %w", address, err)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("address %q is not a loopback address: a simulator must not be reachable from elsewhere; use 127.0.0.1", address)
	}
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: end what listens there (a demo, perhaps), or choose another address", address)
	}
	return listener, err
}

// Serve answers as the org on one listener and as its management port on the
// other, until ctx ends. It closes both. It sets URL from the first listener
// if it is empty.
func (s *Server) Serve(ctx context.Context, org, manage net.Listener) error {
	if s.URL == "" {
		s.URL = "http://" + org.Addr().String()
	}
	servers := []*http.Server{
		{Handler: s, ReadHeaderTimeout: 10 * time.Second},
		{Handler: s.Manage(), ReadHeaderTimeout: 10 * time.Second},
	}
	failed := make(chan error, len(servers))
	for i, listener := range []net.Listener{org, manage} {
		go func() { failed <- servers[i].Serve(listener) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	for _, server := range servers {
		err = errors.Join(err, server.Close())
	}
	return err
}
