package rig

import (
	"strconv"
	"testing"
)

// Two processes that test at the same time never have a port in common: whatever
// one has claimed, the other passes over, though nobody listens there yet.
func TestFreePortsOfTwoProcesses(t *testing.T) {
	t.Parallel()
	var one, other claimed
	defer func() {
		for _, l := range append(one.claims, other.claims...) {
			l.Close()
		}
	}()
	seen := map[int]bool{}
	for range 3 {
		for _, c := range []*claimed{&one, &other} {
			if !c.claim() {
				t.Fatal("no block is free")
			}
			for port := c.next; port < c.end; port++ {
				if seen[port] {
					t.Fatalf("port %d was claimed twice", port)
				}
				seen[port] = true
			}
		}
	}
	if port, _ := strconv.Atoi(FreePort(t)); seen[port] {
		t.Errorf("port %d is of a block that was claimed", port)
	}
}
