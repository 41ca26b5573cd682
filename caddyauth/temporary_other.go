//go:build !linux

package caddyauth

// temporaryFileSystem knows none of this system's.
func temporaryFileSystem(string) string { return "" }
