package caddyauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// placement is what tells two gates of a site apart.
type placement struct{ Issuer, ClientID, Prefix string }

func (g *Gate) placement() placement {
	return placement{strings.TrimSuffix(g.Issuer, "/"), g.ClientID, g.Prefix}
}

// checkSiblings refuses a site in which two gates of different applications
// share a prefix: the first would take the passwords that are meant for the
// other one's org.
func (g *Gate) checkSiblings(ctx caddy.Context) error {
	srv, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok || srv == nil {
		return nil
	}
	current := currentRoute(srv)
	if current == nil {
		return nil
	}
	if unasked(current.HandlersRaw) {
		return errors.New("this site has an okta_auth behind one without a matcher, which decides about every request: the other's rules would never be asked; write them into that one, such as: allow /admin/* group Admins, or give it a matcher")
	}
	own := g.placement()
	for _, route := range srv.Routes {
		if !slices.Equal(hostsOf(route), hostsOf(*current)) {
			continue
		}
		for _, other := range placements(route) {
			if other != own && other.Prefix == own.Prefix {
				return fmt.Errorf("this site has two okta_auth with the prefix %s, for the clients %q and %q: give one of them a prefix of its own, such as: prefix /.okta2/", g.Prefix, g.ClientID, other.ClientID)
			}
		}
	}
	return nil
}

// unasked tells whether a gate of a site that is not loaded yet stands behind one
// that covers every request, in a handle of it say. The first that covers a request
// decides alone, so that `allow group Admins` there would let everybody in.
func unasked(handlers []json.RawMessage) bool {
	config := make([]any, len(handlers))
	for i, raw := range handlers {
		_ = json.Unmarshal(raw, &config[i]) // or loading it says why not
	}
	found, _ := unaskedIn(config, false)
	return found
}

// unaskedIn looks for such a gate among handlers in a row. covered tells whether one
// before them covers every request, and then whether one before or among them does.
func unaskedIn(handlers any, covered bool) (found, coveredNow bool) {
	list, _ := handlers.([]any)
	for _, item := range list {
		handler, _ := item.(map[string]any)
		switch handler["handler"] {
		case directive:
			found = found || covered
			covered = covered || handler["match"] == nil
		case "subroute":
			routes, _ := handler["routes"].([]any)
			for _, item := range routes {
				route, _ := item.(map[string]any)
				inner, covers := unaskedIn(route["handle"], covered)
				found = found || inner
				covered = covered || covers && route["match"] == nil
			}
		}
	}
	return found, covered
}

// currentRoute is the route that is being set up: the first that has handlers
// to load and none loaded.
func currentRoute(srv *caddyhttp.Server) *caddyhttp.Route {
	for i, route := range srv.Routes {
		if len(route.Handlers) == 0 && len(route.HandlersRaw) > 0 {
			return &srv.Routes[i]
		}
	}
	return nil
}

// hostsOf lists the hosts of a route's matchers, sorted.
func hostsOf(route caddyhttp.Route) (hosts []string) {
	for _, set := range route.MatcherSets {
		for _, m := range set {
			if hm, ok := m.(*caddyhttp.MatchHost); ok {
				hosts = append(hosts, *hm...)
			}
		}
	}
	slices.Sort(hosts)
	return hosts
}

// placements finds the gates of a route, loaded or not.
func placements(route caddyhttp.Route) (found []placement) {
	for _, handler := range route.Handlers {
		switch h := handler.(type) {
		case *Gate:
			found = append(found, h.placement())
		case *caddyhttp.Subroute:
			for _, inner := range h.Routes {
				found = append(found, placements(inner)...)
			}
		}
	}
	for _, raw := range route.HandlersRaw {
		var handler any
		if json.Unmarshal(raw, &handler) == nil {
			found = append(found, placementsIn(handler)...)
		}
	}
	return found
}

// placementsIn finds the gates in a config that is not loaded yet.
func placementsIn(config any) (found []placement) {
	switch c := config.(type) {
	case []any:
		for _, item := range c {
			found = append(found, placementsIn(item)...)
		}
	case map[string]any:
		if c["handler"] == directive {
			repl := caddy.NewReplacer()
			text := func(name string) string {
				s, _ := c[name].(string)
				return strings.TrimRight(repl.ReplaceKnown(s, ""), "\r\n")
			}
			p := placement{strings.TrimSuffix(text("issuer"), "/"), text("client_id"), text("prefix")}
			if p.Prefix == "" {
				p.Prefix = DefaultPrefix
			}
			return []placement{p}
		}
		for _, item := range c {
			found = append(found, placementsIn(item)...)
		}
	}
	return found
}
