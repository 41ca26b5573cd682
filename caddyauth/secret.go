package caddyauth

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// secretCheck is the least time between two looks at a secret's file.
	secretCheck = time.Second
	// maxSecretFile bounds what is read of it, in bytes.
	maxSecretFile = 64 << 10
	// maxSecrets is how many secrets Okta lets an application have.
	maxSecrets = 2
)

// secretFile is a file with the client secret, on a line of its own. While the
// secret is being changed, a second one may stand on a second line: the newest
// first. The file is read again when it has changed, without a reload; nothing
// watches it while nobody asks.
type secretFile struct {
	path   string
	logger *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	looked  time.Time   // when the file was last looked at
	read    os.FileInfo // of the file as it was when secrets were read from it
	secrets []string    // the last good ones; never changed in place
	failing string      // why the file cannot be used now; "" when it can
}

// newSecretFile reads the file. One that cannot be used is an error that says
// how to mend it.
func newSecretFile(path string, logger *slog.Logger, now func() time.Time) (*secretFile, error) {
	f := &secretFile{path: path, logger: logger, now: now, looked: now()}
	if err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

// Secrets are the current ones, newest first; there is at least one. The caller
// does not change the slice.
//
// A file that is missing, empty or unreadable for now leaves the last good ones
// in use: whoever writes a file may remove it or empty it first, and Kubernetes
// swaps symbolic links.
func (f *secretFile) Secrets() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := f.now().Sub(f.looked); age >= 0 && age < secretCheck {
		return f.secrets
	}
	f.looked = f.now()
	before := f.read
	switch err := f.load(); {
	case err != nil && err.Error() != f.failing:
		f.failing = err.Error()
		f.logger.Warn("the client secret's file cannot be used now; the last secret is used on", "error", err)
	case err == nil && (f.failing != "" || f.read != before):
		f.failing = ""
		f.logger.Info("read the client secret again", "file", f.path, "secrets", len(f.secrets))
	}
	return f.secrets
}

// load reads the file if it is another one than before, or was written to.
func (f *secretFile) load() error {
	// The path is followed each time, symbolic links and all.
	switch info, err := os.Stat(f.path); {
	case err != nil: // so will opening it say
	case f.read != nil && sameContent(info, f.read):
		return nil
	case !info.Mode().IsRegular() && !info.IsDir():
		// Opening a pipe waits for somebody who writes to it, and sign-ins would too.
		return f.unusable(errors.New("is not a regular file"))
	}
	file, err := os.Open(f.path)
	if err != nil {
		return f.unusable(err)
	}
	defer file.Close()
	info, err := file.Stat() // before reading: what is written meanwhile is seen next time
	if err != nil {
		return f.unusable(err)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	if err != nil {
		return f.unusable(err)
	}
	secrets, err := parseSecrets(content)
	if err != nil {
		return f.unusable(err)
	}
	f.read, f.secrets = info, secrets
	return nil
}

// sameContent tells that a file was neither replaced nor written to.
func sameContent(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// unusable says which file, and how to mend it; it quotes nothing of the file.
func (f *secretFile) unusable(err error) error {
	fix := "put the application's client secret into it, from its General tab in the Okta admin console"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fix = "mount it there, or correct the path"
	case errors.Is(err, fs.ErrPermission):
		fix = "let the user that Caddy runs as read it"
	}
	return fmt.Errorf("client_secret_file %q: %w: %s", f.path, withoutPath(err), fix)
}

// withoutPath drops the path, which the message has already.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// parseSecrets reads one secret a line; lines without text are skipped.
func parseSecrets(content []byte) ([]string, error) {
	if len(content) > maxSecretFile {
		return nil, fmt.Errorf("is larger than %d bytes", maxSecretFile)
	}
	var secrets []string
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, errors.New("has white space or other characters within a secret that no client secret has")
		}
		secrets = append(secrets, line)
	}
	switch {
	case len(secrets) == 0:
		return nil, errors.New("is empty")
	case len(secrets) > maxSecrets:
		return nil, fmt.Errorf("has %d secrets, one a line; Okta allows %d", len(secrets), maxSecrets)
	}
	return secrets, nil
}
