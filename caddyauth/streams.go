package caddyauth

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/policy"
)

// Websockets and event streams can be open for days. They are let in like any
// request, and cut where a request would no longer be: when the session ends, at the
// end of its lifetime or early, here or elsewhere, and when the rules do not let its
// user pass any more. While one is open its session is refreshed when that is due, so
// that a user whom Okta has ended is out, or one who has left a group, and so is one
// of whom Okta says nothing for longer than okta_down_grace. That nobody used the
// session otherwise does not cut them, and they do not count as use. Other responses
// run to their end.

// streamLook is the pause between two looks at what is open.
const streamLook = time.Second

// streams are those that are open, of one site.
type streams struct {
	mu       sync.Mutex
	open     map[*stream]struct{}
	watching bool
}

type stream struct {
	cut  context.CancelFunc
	over func() bool
}

// isStream tells whether the request asks for a connection that stays open.
func isStream(r *http.Request) bool {
	return isUpgrade(r) || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// watch gives the request an end that comes with the session's. The function is to
// be called when the request is over.
func (g *Gate) watch(v *request, p *passport) (*http.Request, func()) {
	r := v.now
	about := make([]policy.Truth, len(g.Rules)) // this request, which is gone later
	for i := range g.Rules {
		about[i] = g.Rules[i].applies(v)
	}
	ctx, cut := context.WithCancel(r.Context())
	e := g.engine.made
	found, asked := bearer{Session: p.session}, r.Clone(context.WithoutCancel(ctx))
	if b, err := g.whoIs(e, r); err == nil && b != nil && b.ID == p.session.ID {
		found.host, found.token = b.host, b.token
	}
	s := &stream{cut: cut, over: func() bool {
		// While the session is as it was, so is what follows from it: looks sign nothing.
		if latest := g.latest(found.Session); latest != found.Session {
			found.Session, p = latest, g.passport(e, latest)
		}
		now := g.now()
		start, end := g.due(found.Session)
		switch {
		case !now.Before(g.limits.Ends(found.Session)) || g.revocations.marks.Ended(found.Session, e.keyring):
			return true
		case !p.judgement.Decide(now, func(i int) policy.Truth { return about[i] }).Allowed:
			return true
		case start.IsZero() || now.Before(start):
			return false
		case found.RefreshToken == "" || found.token == "":
			return !now.Before(end)
		}
		// What it brings is seen at the next look.
		job := g.startRefresh(e, asked, found, now)
		silent := !now.Before(end.Add(time.Duration(g.OktaDownGrace)))
		return !job.running() && (job.ended || job.session == nil && silent)
	}}
	all := &g.kept.streams
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.open == nil {
		all.open = make(map[*stream]struct{})
	}
	all.open[s] = struct{}{}
	if !all.watching {
		all.watching = true
		go all.look()
	}
	return r.WithContext(ctx), func() {
		cut()
		all.mu.Lock()
		defer all.mu.Unlock()
		delete(all.open, s)
	}
}

// look cuts what is over, for as long as there is something open.
func (all *streams) look() {
	for range time.Tick(streamLook) {
		all.mu.Lock()
		for s := range all.open {
			if s.over() {
				s.cut()
				delete(all.open, s)
			}
		}
		if len(all.open) == 0 {
			all.watching = false
			all.mu.Unlock()
			return
		}
		all.mu.Unlock()
	}
}
