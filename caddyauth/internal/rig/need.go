package rig

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Skip ends a test that cannot run on this machine, and fails it where skips
// are not wanted.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CADDY_OKTA_NO_SKIP") != "" {
		t.Fatal("a skip is not wanted here: " + why)
	}
	t.Skip(why)
}

// Need returns the path of the first of these programs that there is, or ends
// the test where the package of Debian's has brought none. A name may be a
// pattern in /usr/sbin, which is no part of an ordinary user's PATH.
func Need(t testing.TB, debian string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if found, _ := filepath.Glob(filepath.Join("/usr/sbin", name)); len(found) > 0 {
			return found[0]
		}
	}
	Skip(t, "needs a program that is not installed: apt-get install "+debian)
	return ""
}

// CorpusFiles are the recorded answers of Okta's that IDX_CORPUS points to: the
// files' paths, in order.
func CorpusFiles(t testing.TB) []string {
	t.Helper()
	folder := os.Getenv("IDX_CORPUS")
	if folder == "" {
		Skip(t, "needs recorded answers: set IDX_CORPUS to their folder")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers in %q: %v", folder, err)
	}
	return files
}

// Corpus is what is in the files of [CorpusFiles], by file name.
func Corpus(t testing.TB) map[string][]byte {
	t.Helper()
	answers := map[string][]byte{}
	for _, file := range CorpusFiles(t) {
		answer, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		answers[filepath.Base(file)] = answer
	}
	return answers
}
