package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMistakesNameTheirFlag(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	typo := filepath.Join(t.TempDir(), "typo.json")
	if err := os.WriteFile(typo, []byte(`{"user":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, listen, manage, config string
		want                         []string
	}{
		{"port in use", taken.Addr().String(), "127.0.0.1:0", "", []string{"-listen", taken.Addr().String(), "in use"}},
		{"management port in use", "127.0.0.1:0", taken.Addr().String(), "", []string{"-manage", taken.Addr().String(), "in use"}},
		{"not loopback", "0.0.0.0:0", "127.0.0.1:0", "", []string{"-listen", `"0.0.0.0:0"`, "loopback"}},
		{"no port", "127.0.0.1", "127.0.0.1:0", "", []string{"-listen", "host:port"}},
		{"no config", "127.0.0.1:0", "127.0.0.1:0", "nowhere.json", []string{"-config", "nowhere.json"}},
		{"bad config", "127.0.0.1:0", "127.0.0.1:0", typo, []string{"-config", typo, `"user"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := run(test.listen, test.manage, test.config)
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
