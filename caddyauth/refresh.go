package caddyauth

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// A session lives as long as its limits say, but what it knows of the user is as
// old as its last refresh. When that is due the session is refreshed: once in this
// process, however many requests are in flight, and once among all processes that
// share a store; behind the requests' backs as long as what is known still holds. A
// user whom Okta has ended is signed out by it; an org that does not answer leaves
// the session as it is for a grace.

const (
	// refreshEarly is how long before the end of what is known a session is
	// refreshed: at most so long, and a fifth of its life, since a session that were
	// due from the start would be refreshed at every request.
	refreshEarly = 2 * time.Minute
	// refreshSpread is by how much earlier still, at most a tenth of the life, and a
	// different part of it for each session: after an outage all would be due at once.
	refreshSpread = 30 * time.Second
	// refreshRetry is the pause after a refresh that Okta did not answer.
	refreshRetry = 20 * time.Second
	// refreshPatience is how long a request waits for a refresh, when the session
	// could be used without. Nobody waits for an org that was just found silent.
	refreshPatience = time.Second
	// refreshLimit is how long one may take, the wait for its turn included.
	refreshLimit = 2 * time.Minute
	// refreshesAtOnce bounds the calls that are under way to Okta.
	refreshesAtOnce = 50
	// leasePause is the pause between two looks whether another process is done.
	leasePause = 200 * time.Millisecond
	// maxRefreshes bounds the memory; each holds one session.
	maxRefreshes = 10_000
)

// refreshes are the sessions that this process refreshed lately, by session id.
type refreshes struct {
	mu    sync.Mutex
	byID  map[string]*refresh
	slots chan struct{}
}

type refresh struct {
	done chan struct{}
	// afterOutage: the refresh before this one got no answer.
	afterOutage bool

	// Set before done is closed:
	until   time.Time        // to be forgotten, or to be tried again
	session *session.Session // nil: nothing new
	saved   bool             // the session is in its store, under its token
	ended   bool
}

// bearer is a session and where it was found.
type bearer struct {
	*session.Session
	host, token string
}

// due is when a session has to be refreshed: it is begun at start, and what is
// known of the user no longer holds at end. Zero times: never.
func (g *Gate) due(s *session.Session) (start, end time.Time) {
	if s.RefreshToken != "" {
		end = s.TokenExpiresAt
	}
	if recheck := time.Duration(g.Recheck); recheck > 0 && !s.RefreshedAt.IsZero() {
		if at := s.RefreshedAt.Add(recheck); end.IsZero() || at.Before(end) {
			end = at
		}
	}
	if end.IsZero() {
		return end, end
	}
	life := max(0, end.Sub(s.RefreshedAt))
	spread := maphash.String(spreadSeed, s.ID) % uint64(min(life/10, refreshSpread)+1)
	return end.Add(-min(life/5, refreshEarly) - time.Duration(spread)), end
}

var spreadSeed = maphash.MakeSeed()

// refreshed returns the newest state of a session: s itself, a refreshed one, or
// nil where it has ended. A request that needs nobody to be signed in waits for
// nothing.
func (g *Gate) refreshed(e *engine, r *http.Request, s bearer, optional bool) (newest *session.Session, saved bool) {
	now := g.now()
	complete := g.passport(e, s.Session).complete
	start, end := g.due(s.Session)
	fresh := complete && (end.IsZero() || now.Before(end))
	usable := complete && (end.IsZero() || now.Before(end.Add(time.Duration(g.OktaDownGrace))))
	switch {
	case s.RefreshToken == "" && !fresh:
		return nil, false
	case s.RefreshToken == "" || fresh && (end.IsZero() || now.Before(start)):
		return s.Session, true
	}
	from := s
	for range 2 {
		job := g.startRefresh(e, r, from, now)
		var patience <-chan time.Time // nil: as long as it takes
		if optional || fresh || usable && job.afterOutage {
			patience = closedTimer
		} else if usable {
			timer := time.NewTimer(refreshPatience)
			defer timer.Stop()
			patience = timer.C
		}
		if !job.wait(r.Context(), patience) || job.session == nil && !job.ended {
			break
		}
		if job.ended {
			return nil, false
		}
		if g.passport(e, job.session).complete {
			return job.session, job.saved
		}
		// The config before this one made it, or a replica that still has that. A
		// group that it dropped is one whose members a rule would not keep out.
		from.Session = job.session
	}
	if usable {
		return s.Session, true
	}
	return nil, false
}

// closedTimer is a timer that has run out.
var closedTimer = func() <-chan time.Time { c := make(chan time.Time); close(c); return c }()

// wait tells whether the job is done, at the latest when patience ends.
func (j *refresh) wait(ctx context.Context, patience <-chan time.Time) bool {
	if !j.running() {
		return true
	}
	select {
	case <-j.done:
		return true
	case <-patience:
	case <-ctx.Done():
	}
	return false
}

// startRefresh joins the refresh of the session that is under way or just done,
// or starts one.
func (g *Gate) startRefresh(e *engine, r *http.Request, s bearer, now time.Time) *refresh {
	all := &g.kept.refreshes
	all.mu.Lock()
	defer all.mu.Unlock()
	last := all.byID[s.ID]
	if last != nil && (last.running() || now.Before(last.until) && !last.outdated(s.Session)) {
		return last
	}
	if all.byID == nil || len(all.byID) >= maxRefreshes {
		kept := make(map[string]*refresh)
		for id, job := range all.byID {
			if job.running() || now.Before(job.until) && len(kept) < maxRefreshes/2 {
				kept[id] = job
			}
		}
		all.byID = kept
	}
	job := &refresh{done: make(chan struct{}), afterOutage: last != nil && last.session == nil && !last.ended}
	all.byID[s.ID] = job
	if all.slots == nil {
		all.slots = make(chan struct{}, refreshesAtOnce)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), refreshLimit)
	device := okta.Device{UserAgent: r.UserAgent(), AcceptLanguage: r.Header.Get("Accept-Language"), Address: clientIP(r)}
	who := g.who(r)
	go func() {
		defer close(job.done)
		defer cancel()
		select {
		case all.slots <- struct{}{}:
			g.refreshOnce(ctx, e, device, s, who, job)
			<-all.slots
		case <-ctx.Done():
		}
		job.until = g.now().Add(refreshRetry)
		if job.session != nil {
			// Until the browser has surely come back for it: with rotation, the
			// token in its old cookie is worth nothing.
			if _, job.until = g.due(job.session); job.until.IsZero() {
				job.until = g.now().Add(refreshRetry)
			}
			if g.revocations.marks.Ended(job.session, e.keyring) {
				g.revoke("", job.session) // its user signed out meanwhile
			}
		} else if job.ended {
			job.until = g.limits.Ends(s.Session)
		}
	}()
	return job
}

func (j *refresh) running() bool {
	select {
	case <-j.done:
		return false
	default:
		return true
	}
}

// outdated tells whether the browser already has what the job brought, so that
// s is due again by itself.
func (j *refresh) outdated(s *session.Session) bool {
	return j.session != nil && !j.session.RefreshedAt.After(s.RefreshedAt)
}

// refreshOnce refreshes a session. Where processes share it, one does, and the
// others take over what it got: with rotation, a second redeem of one token ends
// the user's session at Okta (RFC 9700, section 4.14.2).
func (g *Gate) refreshOnce(ctx context.Context, e *engine, d okta.Device, s bearer, who []any, job *refresh) {
	leaser, shared := e.store.(session.Leaser)
	if !shared {
		job.session, job.ended = g.refresh(ctx, e, d, s.Session, who)
		return
	}
	for ctx.Err() == nil {
		release, held, err := leaser.Lease(ctx, s.host, s.token)
		if err == nil && held {
			defer release()
		}
		var latest *session.Session
		if err == nil {
			latest, err = leaser.Fresh(ctx, s.host, s.token)
		}
		switch {
		case err != nil:
			g.logger.Warn("a session is due for a refresh, and its store does not answer", append(who, slog.Any("error", err))...)
			return
		case latest == nil:
			job.ended = true
			return
		case latest.RefreshedAt.After(s.RefreshedAt):
			job.session, job.saved = latest, true
			return
		case held:
			if job.session, job.ended = g.refresh(ctx, e, d, latest, who); job.session != nil {
				job.saved = g.saveRefreshed(ctx, e, s, job.session, who)
			}
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(leasePause):
		}
	}
}

// saveRefreshed saves for the other processes what a refresh has brought. It does not
// give up, and the lease, while there is hope: with rotation, the token that the
// store has is spent, and who redeems it once more ends the session.
func (g *Gate) saveRefreshed(ctx context.Context, e *engine, s bearer, renewed *session.Session, who []any) bool {
	for {
		_, err := e.store.Save(ctx, s.host, s.token, renewed)
		if err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			// Requests try again; until one succeeds, this process alone has it.
			g.logger.Error("a session was refreshed and could not be saved", append(who, slog.Any("error", err))...)
			return false
		case <-time.After(leasePause):
		}
	}
}

// refresh asks Okta. Both results empty: no answer, to be tried again.
func (g *Gate) refresh(ctx context.Context, e *engine, d okta.Device, s *session.Session, who []any) (renewed *session.Session, ended bool) {
	who = append(who, slog.String("user", display(s)), slog.String("subject", s.Subject))
	tokens, err := g.org.Refresh(ctx, d, s.RefreshToken, okta.Holder{Subject: s.Subject, AuthTime: s.AuthTime})
	if err != nil {
		return nil, g.refreshFailed(e, s, err, who)
	}
	next := s.Clone()
	g.takeTokens(next, tokens)
	g.warnRotation(e, s.RefreshToken, tokens.Refresh)
	if tokens.Claims != nil {
		claims, err := g.org.Complete(ctx, d, tokens, g.claimsToFetch())
		switch {
		case err == nil:
			g.takeClaims(next, claims)
		case isOutage(err):
			// The refresh token may be a new one already, so it has to be kept;
			// the claims stay as they are, and are asked for again soon.
			if soon := g.now().Add(2 * refreshRetry); soon.Before(next.TokenExpiresAt) {
				next.TokenExpiresAt = soon
			}
			g.logger.Warn("session refreshed, but its claims could not be", append(who, slog.Any("error", err))...)
		default:
			return nil, g.refreshFailed(e, s, err, who)
		}
	}
	g.metrics.refreshes.WithLabelValues(resultOK).Inc()
	g.logger.Info("session refreshed", append(who, slog.String("reason", "refreshed"))...)
	return next, false
}

// warnRotation tells the operator once what a rotated refresh token means where each
// process refreshes for itself.
func (g *Gate) warnRotation(e *engine, old, fresh string) {
	if _, shared := e.store.(session.Leaser); shared || fresh == old || g.kept.rotationSeen.Swap(true) {
		return
	}
	g.logger.Warn("Okta rotates this application's refresh tokens: with several replicas, or when a browser misses a response, the old one is needed for a moment; keep its grace period (General tab, Refresh Token) at 30 seconds or more, or keep sessions in Redis", "store", g.storeName())
}

// refreshFailed logs, and ends the session unless Okta just did not answer.
func (g *Gate) refreshFailed(e *engine, s *session.Session, err error, who []any) (ended bool) {
	who = append(who, slog.Any("error", err))
	if isOutage(err) {
		g.metrics.refreshes.WithLabelValues(resultFailed).Inc()
		g.logger.Warn("refreshing a session failed; it is kept for a while", append(who, slog.String("reason", "refresh_unavailable"), slog.Duration("okta_down_grace", time.Duration(g.OktaDownGrace)))...)
		return false
	}
	g.metrics.refreshes.WithLabelValues(resultRefused).Inc()
	g.revokeMark(context.Background(), session.MarkSession(e.keyring, s, g.limits))
	if hint := g.hint(err); hint != "" {
		who = append(who, slog.String("hint", hint))
	}
	g.logger.Info("session ended by Okta", append(who, slog.String("reason", "refresh_refused"))...)
	return true
}

// isOutage tells an org that did not give an answer from one that said no.
func isOutage(err error) bool {
	var e *okta.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Kind {
	case okta.Unreachable, okta.NotOkta, okta.RateLimited:
		return true
	}
	// A wrong secret is the operator's fault, not the user's.
	return e.Kind == okta.Refused && (e.Code == "invalid_client" || e.Code == "unauthorized_client")
}

// latest is the state of a session with the newest refresh token that this
// process knows of; the browser may still have the one before.
func (g *Gate) latest(s *session.Session) *session.Session {
	all := &g.kept.refreshes
	all.mu.Lock()
	job := all.byID[s.ID]
	all.mu.Unlock()
	if job != nil && !job.running() && job.session != nil && job.session.RefreshedAt.After(s.RefreshedAt) {
		return job.session
	}
	return s
}
