//go:build !linux

package caddyauth

// temporaryFileSystem knows none of this system's.
func temporaryFileSystem(string) string { return "" }

// writable is not found out here.
func writable(string) bool { return true }
