package caddyauth

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/certmagic"
)

// whyTemporary says why what is stored may be gone soon, or "" where nothing
// tells: a folder for temporary files, a file system in memory, the own layer of
// a container without a volume. A volume that is made anew with each pod looks
// like any other, and other kinds of storage are not judged.
func whyTemporary(storage certmagic.Storage) string {
	file, ok := storage.(*certmagic.FileStorage)
	if !ok {
		return ""
	}
	path, err := filepath.EvalSymlinks(file.Path)
	if err != nil {
		return ""
	}
	if below(path, os.TempDir()) {
		return "it is in the folder for temporary files"
	}
	return temporaryFileSystem(path)
}

// whyAlone says why what one process stores reaches no other, nor the one after it, or
// "" where nothing tells. It writes nothing to find out: what is not there yet would
// be made in the nearest folder that is.
func whyAlone(storage certmagic.Storage) string {
	file, ok := storage.(*certmagic.FileStorage)
	if !ok {
		return ""
	}
	path := filepath.Clean(file.Path)
	info, err := os.Stat(path)
	for err != nil && path != filepath.Dir(path) {
		path = filepath.Dir(path)
		info, err = os.Stat(path)
	}
	if err != nil || !info.IsDir() || !writable(path) {
		return "it cannot be written to"
	}
	return temporaryFileSystem(path)
}

// below tells whether path is in folder, at any depth.
func below(path, folder string) bool {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
