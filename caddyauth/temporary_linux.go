package caddyauth

import "syscall"

// File systems that do not outlive a container or a machine, by their magic
// numbers (statfs(2)).
var temporaryFileSystems = map[uint32]string{
	0x01021994: "it is in memory (tmpfs)",
	0x858458f6: "it is in memory (ramfs)",
	0x794c7630: "it is in a container's own layer (overlay), which goes with the container",
}

// temporaryFileSystem says why what is at path may be gone soon, or "".
func temporaryFileSystem(path string) string {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(path, &stat); err != nil {
		return ""
	}
	return temporaryFileSystems[uint32(stat.Type)]
}

// writable tells whether this process may write to a folder, as far as can be known
// without doing so.
func writable(folder string) bool {
	const write = 2 // W_OK of access(2)
	return syscall.Access(folder, write) == nil
}
