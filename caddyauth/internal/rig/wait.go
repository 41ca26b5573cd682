package rig

import (
	"testing"
	"time"
)

// Patience is how long anything may take that has to happen at all, on a machine
// that is busy with more than these tests.
const Patience = time.Minute

// Eventually polls until ok is true, and fails the test when that takes too
// long.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, Patience)
		case <-tick.C:
		}
	}
}
