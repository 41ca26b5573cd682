package caddyauth

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// Sessions that are ended before their time are marked, and processes share the
// marks: through Redis, where the sessions are there, or else through Caddy's
// storage. A mark is in force in the process that makes it at once, and in the
// others at their next look, revocationInterval later.

const (
	redisInterval   = time.Second
	storageInterval = 5 * time.Second
	// leastKept is how long marks are kept at least: another site of the application
	// may have longer sessions.
	leastKept = 7 * 24 * time.Hour
	// firstPoll is how long the first request waits to hear of earlier marks.
	firstPoll = 3 * time.Second
)

// revocations are the marks of one application at Okta, which all its sites share,
// over config reloads too.
type revocations struct {
	marks    session.Marks
	follower *session.Follower // nil: the process keeps its marks to itself
	files    storageFiles
	replays  okta.ReplayGuard // of Universal Logout
	told     told
	keep     atomic.Int64 // how long the longest session of any of its sites may last

	gate  atomic.Pointer[Gate] // the one that last began to serve
	begun sync.Once
	mu    sync.Mutex
	stop  context.CancelFunc
}

var revocationsPool = caddy.NewUsagePool()

// longest is how long a mark of a user is needed: another site may have longer
// sessions than the one that makes it.
func (r *revocations) longest() time.Duration { return time.Duration(r.keep.Load()) }

func (r *revocations) atLeast(d time.Duration) {
	for old := r.keep.Load(); int64(d) > old && !r.keep.CompareAndSwap(old, int64(d)); old = r.keep.Load() {
	}
}

// begin makes the process listen to the others; it is for the first request, not
// for loading a config.
func (r *revocations) begin() {
	r.begun.Do(func() {
		if r.follower == nil {
			return
		}
		ctx, cancel := context.WithCancel(context.Background())
		r.mu.Lock()
		r.stop = cancel
		r.mu.Unlock()
		first, done := context.WithTimeout(ctx, firstPoll)
		defer done()
		_ = r.follower.Poll(first) // it has logged what there is to say
		go r.follower.Run(ctx)
	})
}

// publish puts a mark in force here and, with an error if that has to wait, in
// every process that shares the marks.
//
// It is needed for as long as any site may take the session for one: another that
// shares it, and a config that is loaded later, may have longer limits than the one
// that ends it.
func (r *revocations) publish(ctx context.Context, now time.Time, m session.Mark) error {
	if least := m.Before.Add(max(r.longest(), leastKept)); m.Ends.Before(least) {
		m.Ends = least
	}
	if r.follower == nil {
		r.marks.Add(now, m)
		return nil
	}
	return r.follower.Publish(context.WithoutCancel(ctx), m)
}

// Destruct stops listening.
func (r *revocations) Destruct() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		r.stop()
	}
	return nil
}

// shareRevocations acquires the marks of the application.
func (g *Gate) shareRevocations(ctx caddy.Context) error {
	var storage certmagic.Storage
	name := revocationProcess
	keeper, inStore := g.sessions.(journalKeeper)
	switch {
	case g.Revocation == revocationProcess:
	case inStore:
		name = keeper.JournalName()
	default:
		storage = ctx.Storage()
		name = fmt.Sprintf("%T %v", storage, storage)
	}
	application := strings.Join([]string{strings.TrimSuffix(g.Issuer, "/"), g.ClientID}, "\n")
	key := strings.Join([]string{name, application}, "\n")
	value, _, err := revocationsPool.LoadOrNew(key, func() (caddy.Destructor, error) {
		r := new(revocations)
		r.marks.Logger = g.logger
		r.marks.Found = func(s *session.Session) {
			if g := r.gate.Load(); g != nil {
				g.revokeFound(s)
			}
		}
		follower := &session.Follower{Marks: &r.marks, Interval: storageInterval, Logger: g.logger, Now: g.now}
		switch {
		case g.Revocation == revocationProcess:
			return r, nil
		case inStore:
			follower.Interval, follower.Journal = redisInterval, keeper.OpenJournal(application, max(g.limits.Longest(), leastKept))
		default:
			follower.Journal = &session.FileJournal{Files: &r.files, Prefix: "okta_auth/revoked/" + fileSafe(application), Logger: g.logger, Now: g.now}
		}
		r.follower = follower
		return r, nil
	})
	if err != nil {
		return err
	}
	g.revocations, g.revocationsKey = value.(*revocations), key
	g.revocations.atLeast(g.limits.Longest())
	if storage != nil {
		g.revocations.files.use(storage)
		g.warnAlone(storage)
	}
	if g.Revocation == revocationProcess {
		g.logger.Warn("revocation process: sessions that are ended early here go on at other replicas, and after a restart, until their limits end them")
	}
	return nil
}

// warnAlone tells the operator that nobody else learns which sessions ended early.
// Sessions in memory end with the process; and without a key of the config, the one
// in the same storage, and the warning about that, go before.
func (g *Gate) warnAlone(storage certmagic.Storage) {
	if _, inMemory := g.sessions.(*MemorySessions); inMemory || len(g.Keys) == 0 {
		return
	}
	if why := whyAlone(storage); why != "" {
		g.logger.Warn("what ends a session early is known in this process alone: a session goes on at other replicas, and after a restart, until its limits or Okta's next refresh end it; "+
			"give all replicas one storage that is kept, or keep sessions in Redis", "storage", fmt.Sprint(storage), "why", why)
	}
}

// Values of the subdirective revocation.
const (
	revocationShared  = "shared"
	revocationProcess = "process"
)

// fileSafe makes a name of a folder.
func fileSafe(s string) string {
	return certmagic.StorageKeys.Safe(strings.ReplaceAll(s, "/", "_"))
}

// storageFiles is Caddy's storage as a journal sees it: the one of the config that
// was loaded last.
type storageFiles struct {
	storage atomic.Pointer[certmagic.Storage]
}

func (f *storageFiles) use(s certmagic.Storage) { f.storage.Store(&s) }

func (f *storageFiles) Store(ctx context.Context, key string, value []byte) error {
	return (*f.storage.Load()).Store(ctx, key, value)
}

func (f *storageFiles) Delete(ctx context.Context, key string) error {
	return (*f.storage.Load()).Delete(ctx, key)
}

func (f *storageFiles) List(ctx context.Context, prefix string) ([]string, error) {
	return (*f.storage.Load()).List(ctx, prefix, false)
}

// revokeMark ends the sessions that a mark names. Where other processes cannot be
// told at once, the log says so and it is tried on.
func (g *Gate) revokeMark(ctx context.Context, m session.Mark) {
	if err := g.revocations.publish(ctx, g.now(), m); err != nil {
		g.logger.Warn("a session was ended here, and other processes do not know yet", slog.Any("error", err))
	}
}

// Interface guard
var _ session.Files = (*storageFiles)(nil)
