package oktasim

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A Rule is an exception: for whom, and what is asked of them instead. What is
// empty fits everybody.
type Rule struct {
	Groups  []string `json:"groups,omitempty"`  // of one of these groups
	Clients []string `json:"clients,omitempty"` // at one of these clients
	Zones   []string `json:"zones,omitempty"`   // from one of these zones; "!office": not from it
	Device  string   `json:"device,omitempty"`  // "new" or "known"

	// Authenticate is as in Policy. Deny refuses instead, with a help Link if
	// there is one.
	Authenticate [][]string `json:"authenticate,omitempty"`
	Deny         bool       `json:"deny,omitempty"`
	Link         string     `json:"link,omitempty"`
}

func (r Rule) check(zones map[string][]string) error {
	if !slices.Contains([]string{"", "new", "known"}, r.Device) {
		return fmt.Errorf("device of a rule is %q; it can be \"new\" or \"known\"", r.Device)
	}
	for _, zone := range r.Zones {
		if _, ok := zones[strings.TrimPrefix(zone, "!")]; !ok {
			return fmt.Errorf("rule: zone %q is not in zones", zone)
		}
	}
	if !r.Deny && len(r.Authenticate) == 0 {
		return fmt.Errorf("a rule needs authenticate, or deny")
	}
	return nil
}

func checkNetworks(of []string) error {
	for _, network := range of {
		if _, err := netip.ParsePrefix(network); err != nil {
			return fmt.Errorf("network %q: expected for example \"198.51.100.0/24\"", network)
		}
	}
	return nil
}

// rule is the first rule of the policy that fits; nil: none does.
func (t *turn) rule() *Rule {
	for i, r := range t.tx.policy.Rules {
		if t.fits(r) {
			return &t.tx.policy.Rules[i]
		}
	}
	return nil
}

func (t *turn) fits(r Rule) bool {
	tx := t.tx
	_, known := tx.user.Devices[tx.device]
	shares := func(group string) bool { return slices.Contains(tx.user.Groups, group) }
	return (len(r.Groups) == 0 || slices.ContainsFunc(r.Groups, shares)) &&
		(len(r.Clients) == 0 || slices.Contains(r.Clients, tx.client.ID)) &&
		(len(r.Zones) == 0 || slices.ContainsFunc(r.Zones, tx.from)) &&
		(r.Device == "" || (r.Device == "known") == known)
}

// from says whether the user is in a zone, or outside one that is named with
// a "!".
func (tx *transaction) from(zone string) bool {
	name, outside := strings.CutPrefix(zone, "!")
	return inNetworks(tx.address, tx.policy.Zones[name]) != outside
}

func inNetworks(address netip.Addr, networks []string) bool {
	return slices.ContainsFunc(networks, func(network string) bool {
		prefix, err := netip.ParsePrefix(network)
		return err == nil && prefix.Contains(address)
	})
}

// locate reads where a call came from and of which device it was. What stands
// in headers is believed from a client that proved itself, the address only
// from a proxy that the org trusts.
func (s *Server) locate(tx *transaction, c *call, proven bool) {
	host, _, _ := net.SplitHostPort(c.request.RemoteAddr)
	tx.address, _ = netip.ParseAddr(host)
	policy := s.policy.effective()
	if proven {
		hops := strings.Split(strings.Join(c.request.Header.Values("X-Forwarded-For"), ","), ",")
		slices.Reverse(hops)
		for _, hop := range hops {
			address, err := netip.ParseAddr(strings.TrimSpace(hop))
			if err != nil || !inNetworks(tx.address, policy.TrustedProxies) {
				break
			}
			tx.address = address
		}
		if device := c.request.Header.Get("X-Device-Token"); device != "" && len(device) <= 32 && policy.DeviceFrom != "cookie" {
			tx.device = device
		}
	}
	s.seeCookie(tx, c.request)
}

// seeCookie reads the device token that Okta's other kind of client sends.
func (s *Server) seeCookie(tx *transaction, r *http.Request) {
	cookie, err := r.Cookie("DT")
	if err == nil && cookie.Value != "" && tx.device == "" && s.policy.effective().DeviceFrom != "header" {
		tx.device = cookie.Value
	}
}

// denyStep refuses a user whom a rule keeps out, or who is not assigned to the
// application, once they have proven who they are.
var denyStep = &step{
	due:   func(t *turn) bool { return t.denied() != nil },
	enter: func(t *turn) bool { t.end(http.StatusForbidden, *t.denied()); return true },
	show:  func(*turn, *answer) {}, // it is always entered
}

const (
	msgAccessDeniedLink = "security.access_denied_custom_message"
	msgNotAssigned      = "idx.error.code.user_not_assigned"
)

func (t *turn) denied() *message {
	if t.tx.goal != signIn || !t.tx.authenticated() {
		return nil
	}
	r := t.rule()
	switch {
	case !t.tx.client.takes(t.tx.user):
		return new(say(msgNotAssigned))
	case r == nil || !r.Deny:
		return nil
	case r.Link != "":
		m := say(msgAccessDeniedLink)
		m.Links = []link{{Label: "Help", URL: r.Link}}
		return &m
	}
	return new(say(msgAccessDenied))
}
