package apps

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// A program behind websocketd is told its user in the environment, by names in
// which "-" has become "_".
func TestWebsocket(t *testing.T) {
	t.Parallel()
	websocketd, address := rig.Need(t, "websocketd", "websocketd"), free(t)
	rig.Run(t, address, exec.Command(websocketd, "--address=127.0.0.1", "--port="+port(address)[1:], "--origin=localhost",
		"--staticdir="+example(t, "websocket", "static"), example(t, "websocket", "talk.sh")))
	g := startGate(t, setting{caddyfile: "websocket/Caddyfile", site: "talk.example.com", upstream: "127.0.0.1:8082", application: address, headers: remoteUser})

	her := somebody(t, g)
	her.signsIn("/", ada, adaPassword)
	her.reads("pre", "You are "+ada+", of Everyone,Engineering,Finance.")
	her.types("input", "good morning")
	her.clicks("button")
	her.reads("pre", ada+" says: good morning")

	// By script, as an attacker would: the spellings of a header on the upgrade.
	cookies, ask := her.cookies(), func(site string, header http.Header) (int, string) { return upgrade(t, site, header) }
	g.cannotBeForged(t, remoteUser, cookies, "You are "+ada+", of Everyone,", ask)

	// After sign-out there is no further websocket for her, and one for Grace.
	other := somebody(t, g)
	other.signsIn("/", grace, gracePassword)
	other.reads("pre", "You are "+grace+", of Everyone,Auditors.")
	her.signsOut()
	g.isClosed(t, cookies, ask)
	const again = `new Promise(done => {
		const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/")
		socket.onopen = () => done("open")
		socket.onerror = () => done("refused")
	})`
	if got := asks[string](her, again); got != "refused" {
		t.Errorf("a websocket after sign-out: %s", got)
	}
	if got := asks[string](other, again); got != "open" {
		t.Errorf("a websocket of somebody who is still signed in: %s", got)
	}
}

// upgrade asks a site for a websocket, and returns the status and the first
// message that comes, or else the answer.
func upgrade(t *testing.T, site string, header http.Header) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.Replace(strings.TrimPrefix(site, "http://"), "localhost", "127.0.0.1", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(rig.Patience))
	var lines strings.Builder
	lines.WriteString("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
	connection := "Upgrade"
	for name, values := range header {
		if name == "Connection" {
			connection += ", " + strings.Join(values, ", ")
			continue
		}
		for _, value := range values {
			lines.WriteString(name + ": " + value + "\r\n")
		}
	}
	if _, err := io.WriteString(conn, lines.String()+"Connection: "+connection+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	// RFC 6455 section 5.2: a short frame of a server is two bytes, its length in
	// the second, which 126 says to be in the next two, and its text.
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		t.Fatal(err)
	}
	length := uint16(head[1])
	if length == 126 {
		if err := binary.Read(in, binary.BigEndian, &length); err != nil {
			t.Fatal(err)
		}
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(in, text); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
