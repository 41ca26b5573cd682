package oktasim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Listen opens a TCP port for a simulator. address is host:port; the host must
// be a loopback address or localhost, because what a simulator believes is
// public, and the port one that browsers visit.
func Listen(address string) (net.Listener, error) { return listen(address, false) }

// ListenExposed is Listen for every address, for a simulator that other
// machines are to reach.
func ListenExposed(address string) (net.Listener, error) { return listen(address, true) }

func listen(address string, exposed bool) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: expected host:port, for example 127.0.0.1:8081: %w", address, err)
	}
	if !exposed && !isLoopback(host) {
		return nil, fmt.Errorf("address %q is not a loopback address: a simulator must not be reachable from elsewhere; use 127.0.0.1, or -i-know-this-is-a-simulator", address)
	}
	if n, err := strconv.Atoi(port); err == nil && slices.Contains(badPorts, n) {
		return nil, fmt.Errorf("port %d in %q is one that browsers refuse to visit; choose another, for example 8081", n, address)
	}
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: end what listens there (a demo, perhaps), or choose another address", address)
	}
	return listener, err
}

// badPorts are those that no browser visits (WHATWG Fetch, 2.9, "port
// blocking"): pages that nobody can open.
var badPorts = []int{
	1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113,
	115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556,
	563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
	6668, 6669, 6679, 6697, 10080,
}

// Serve answers as the org on one listener and as its management port on the
// other, until ctx ends. It closes both. It sets URL from the first listener
// if it is empty.
func (s *Server) Serve(ctx context.Context, org, manage net.Listener) error {
	return Serve(ctx, []Org{{Server: s, Listener: org}}, manage)
}

// Serve answers as several orgs, each on its listener, and as the management
// port of all of them, until ctx ends. It closes every listener, and sets the
// URL of each server that has none.
func Serve(ctx context.Context, orgs []Org, manage net.Listener) error {
	type port struct {
		server   *http.Server
		listener net.Listener
	}
	var ports []port
	for _, org := range orgs {
		if org.Server.URL == "" {
			org.Server.URL = "http://" + org.Listener.Addr().String()
		}
		ports = append(ports, port{&http.Server{Handler: org.Server, ReadHeaderTimeout: 10 * time.Second}, org.Listener})
	}
	ports = append(ports, port{&http.Server{Handler: Manage(orgs), ReadHeaderTimeout: 10 * time.Second}, manage})
	failed := make(chan error, len(ports))
	for _, p := range ports {
		go func() { failed <- p.server.Serve(p.listener) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	for _, p := range ports {
		err = errors.Join(err, p.server.Close())
	}
	return err
}
