package okta

import (
	"sync/atomic"
	"time"
)

// moment is when something was last seen; the zero value: never.
type moment struct{ ns atomic.Int64 } // since 1970

func (m *moment) set(now time.Time) { m.ns.Store(now.UnixNano()) }

// within tells whether it is less than d ago. A clock that was set back counts
// as late.
func (m *moment) within(d time.Duration, now time.Time) bool {
	at := m.ns.Load()
	age := now.UnixNano() - at
	return at != 0 && age >= 0 && age < int64(d)
}
