package signin

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// A script that only asks for the first page, over and over, from one address:
// Okta is called up to a limit, other addresses are not held up, and the limit
// goes away by itself.
//
// Rows: F-24, ToB-8.
func TestF24_FloodOfFirstPages(t *testing.T) {
	w := newWorld(t, oktasim.Policy{})
	w.flow.Beginnings = new(Beginnings)
	visit := func(address string) Outcome {
		v := w.browser().visit()
		v.Device = okta.Device{Address: address}
		return w.flow.Show(t.Context(), v)
	}
	for range beginningsAtOnce {
		if !w.flow.Beginnings.allow("203.0.113.7", w.clock) {
			t.Fatal("limited too early")
		}
	}
	w.calls()
	out := visit("203.0.113.7")
	if out.Page == nil || out.Page.Status != http.StatusTooManyRequests || out.Page.RetryAfter == 0 || out.Reason != ReasonLimited {
		t.Errorf("over the limit: %+v", out)
	}
	if got := w.calls(); len(got) != 0 {
		t.Errorf("over the limit, Okta is called: %v", got)
	}
	if out := visit("203.0.113.8"); out.Page.Status != http.StatusUnauthorized {
		t.Errorf("another address: %d", out.Page.Status)
	}
	w.clock = w.clock.Add(time.Second)
	if out := visit("203.0.113.7"); out.Page.Status != http.StatusUnauthorized {
		t.Errorf("a second later: %d", out.Page.Status)
	}
}

// Whoever has an IPv6 network has any number of addresses, and is one client.
//
// Rows: F-24.
func TestF24_AddressesOfOneNetwork(t *testing.T) {
	b, now := new(Beginnings), time.Now()
	for i := range beginningsAtOnce {
		b.allow(fmt.Sprintf("2001:db8::%x", i+1), now)
	}
	if b.allow("2001:db8::ffff:1", now) || !b.allow("2001:db8:0:1::1", now) {
		t.Error("addresses are not counted by their network")
	}
	for i := range 2 * maxAddresses {
		b.allow(fmt.Sprintf("198.51.%d.%d", i>>8, i&255), now)
	}
	if n := len(b.byAddress); n > maxAddresses {
		t.Errorf("%d addresses are remembered", n)
	}
}
