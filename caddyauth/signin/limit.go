package signin

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Each navigation that begins a sign-in costs two calls to Okta, which counts
// them for all users together where it does not see their addresses. One script
// must not use up what everybody has. An office behind one address needs room
// for its people in the morning.
const (
	beginningsAtOnce    = 1000
	beginningsPerSecond = 10
	maxAddresses        = 10_000
)

// Beginnings counts the sign-ins that each client address begins. The zero value
// is ready for use.
type Beginnings struct {
	mu        sync.Mutex
	byAddress map[string]*rate.Limiter
}

// allow tells whether the address may begin another one.
func (b *Beginnings) allow(address string, now time.Time) bool {
	key := network(address)
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.byAddress[key]
	if limiter == nil {
		if len(b.byAddress) >= maxAddresses || b.byAddress == nil {
			b.byAddress = make(map[string]*rate.Limiter)
		}
		limiter = rate.NewLimiter(beginningsPerSecond, beginningsAtOnce)
		b.byAddress[key] = limiter
	}
	return limiter.AllowN(now, 1)
}

// network is what one subscriber has: an IPv4 address, or an IPv6 /64.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
