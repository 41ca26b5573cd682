package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMistakesNameTheirFlag(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().String()
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	typo := file("typo.json", `{"user":[]}`)
	second := file("second.yaml", "orgs: [{name: beta, listen: '"+busy+"'}]")
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"port in use", []string{"-listen", busy}, []string{"-listen", busy, "in use"}},
		{"management port in use", []string{"-manage", busy}, []string{"-manage", busy, "in use"}},
		{"both in use", []string{"-listen", busy, "-manage", busy}, []string{"-listen: " + busy, "-manage: " + busy}},
		{"port of a second org in use", []string{"-config", second}, []string{`org "beta"`, busy, "in use"}},
		{"not loopback", []string{"-listen", "0.0.0.0:0"}, []string{"-listen", `"0.0.0.0:0"`, "loopback", "-i-know-this-is-a-simulator"}},
		{"no port", []string{"-listen", "127.0.0.1"}, []string{"-listen", "host:port"}},
		{"port that browsers refuse", []string{"-manage", "127.0.0.1:6667"}, []string{"-manage", "6667", "browsers refuse"}},
		{"no config", []string{"-config", "nowhere.json"}, []string{"-config", "nowhere.json"}},
		{"bad config", []string{"-config", typo}, []string{"-config", typo, `"user"`}},
		{"argument", []string{"start"}, []string{`unexpected argument "start"`}},
		{"flag", []string{"-port", "80"}, []string{"-port"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"-listen", "127.0.0.1:0", "-manage", "127.0.0.1:0"}, test.args...)
			err := run(t.Context(), args, io.Discard, io.Discard)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// The seed file that the README shows runs.
func TestRunsUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	said, saying := io.Pipe()
	done := make(chan error)
	go func() {
		done <- run(ctx, []string{"-listen", "127.0.0.1:0", "-manage", "127.0.0.1:0", "-config", "seed.example.yaml"}, saying, io.Discard)
		saying.Close()
	}()
	text := make([]byte, 16<<10)
	n, err := io.ReadAtLeast(said, text, 1)
	if err != nil {
		t.Fatal(err, <-done)
	}
	address := regexp.MustCompile(`management +(http://\S+)`).FindSubmatch(text[:n])
	if address == nil {
		t.Fatalf("%s", text[:n])
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(string(address[1]) + "/orgs/beta/state")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("status %d", response.StatusCode)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
