package redisstore_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/session/redisstore"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// Whoever answers in place of Redis says that a reply is longer than memory, or that
// it is a list of lists of lists: the client library made room for it, and the process
// was gone. It is an outage like any other.
//
// Rows: F-16.
func TestF16_RepliesThatWouldEndTheProcess(t *testing.T) {
	for name, reply := range map[string]string{
		"text of all memory":        "$9223372036854775807\r\n",
		"text of more than we have": "$1099511627776\r\n",
		"list of all memory":        "*9223372036854775807\r\n",
		"list of more than we have": "*1099511627776\r\n",
		"map":                       "%4611686018427387904\r\n",
		"error":                     "!9223372036854775807\r\n",
		"attributes":                "|4611686018427387904\r\n",
		"lists in lists":            strings.Repeat("*1\r\n", 8<<20),
		"long lists in lists":       strings.Repeat("*100000\r\n", 8<<20),
		"line without an end":       "+" + strings.Repeat("a", 64<<20),
		"length without an end":     "$" + strings.Repeat("1", 64<<20),
	} {
		t.Run(name, func(t *testing.T) {
			client, err := redisstore.New(redisstore.Config{Addresses: []string{impostor(t, reply)}})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if s, err := open(t, client).Store.Load(t.Context(), sessiontest.Host, strings.Repeat("A", 43)); s != nil || err == nil {
				t.Errorf("got %v, %v", s, err)
			}
		})
	}
}

// impostor is a server that speaks as Redis does, and answers this to GETRANGE.
func impostor(t *testing.T, reply string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					answer := map[string]string{
						"hello": "-ERR unknown command\r\n", "client": "+OK\r\n", "getrange": reply,
					}[strings.ToLower(lines.Text())]
					if _, err := io.WriteString(conn, answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}
