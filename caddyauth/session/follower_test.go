package session_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

// files is a storage in memory that can be out of order.
type files struct {
	mu      sync.Mutex
	content map[string][]byte
	down    error // of everything
	full    error // of writes
	deleted int
}

func (f *files) Store(_ context.Context, key string, value []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := cmp.Or(f.down, f.full); err != nil {
		return err
	}
	if f.content == nil {
		f.content = map[string][]byte{}
	}
	f.content[key] = value
	return nil
}

func (f *files) Delete(_ context.Context, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := cmp.Or(f.down, f.full); err != nil {
		return err
	}
	delete(f.content, key)
	f.deleted++
	return nil
}

func (f *files) List(_ context.Context, prefix string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return nil, f.down
	}
	if f.content == nil {
		return nil, fs.ErrNotExist
	}
	keys := slices.Sorted(maps.Keys(f.content))
	return slices.DeleteFunc(keys, func(k string) bool { return !strings.HasPrefix(k, prefix+"/") }), nil
}

func (f *files) set(down, full error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down, f.full = down, full
}

// process is one of several that share files, with a clock and a log of its own.
type process struct {
	*session.Follower
	log *lockedLog
	now time.Time
}

type lockedLog struct {
	mu sync.Mutex
	strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

func newProcess(f session.Files, now time.Time) *process {
	p := &process{log: new(lockedLog), now: now}
	logger, clock := slog.New(slog.NewTextHandler(p.log, nil)), func() time.Time { return p.now }
	p.Follower = &session.Follower{
		Marks:   new(session.Marks),
		Journal: &session.FileJournal{Files: f, Prefix: "okta_auth/marks", Logger: logger, Now: clock},
		Logger:  logger, Now: clock,
	}
	return p
}

func (p *process) poll(t *testing.T) {
	t.Helper()
	if err := p.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// userMark ends what ada has at the time, for half a day.
func userMark(t testing.TB, at time.Time) session.Mark {
	who := session.Who{Kind: session.ByEmail, Value: "ada@example.com"}
	return session.Mark{Name: session.MarkName(sessiontest.Keyring(t), who), Before: at, Ends: at.Add(12 * time.Hour)}
}

func adaAt(at time.Time) *session.Session {
	s := sessiontest.New("ada")
	s.CreatedAt = at
	return s
}

// A user was signed out everywhere, and went on working on the replica next door.
//
// Rows: S-37, S-26.
func TestS37_MarksReachOtherProcesses(t *testing.T) {
	ring := sessiontest.Keyring(t)
	var shared files
	a := newProcess(&shared, noon)
	b := newProcess(&shared, noon.Add(-time.Minute)) // a clock that is behind
	c := newProcess(&shared, noon.Add(time.Minute))  // and one that is ahead
	for _, p := range []*process{a, b, c} {
		p.poll(t) // of a folder that is not there yet
	}
	if err := a.Publish(t.Context(), userMark(t, noon)); err != nil {
		t.Fatal(err)
	}
	if !a.Marks.Ended(adaAt(noon), ring) {
		t.Error("not in force at once where it was made")
	}
	for _, p := range []*process{b, c} {
		p.poll(t)
		if !p.Marks.Ended(adaAt(noon), ring) || p.Marks.Ended(adaAt(noon.Add(time.Second)), ring) {
			t.Error("the mark is not in force elsewhere, or ends too much")
		}
	}
	// A process that starts later, and one that starts again.
	late := newProcess(&shared, noon.Add(11*time.Hour))
	late.poll(t)
	if !late.Marks.Ended(adaAt(noon), ring) {
		t.Error("a process that starts later does not know")
	}
}

// Rows: S-37, F-21.
func TestS37_ForeignAndTornFiles(t *testing.T) {
	var shared files
	p := newProcess(&shared, noon)
	mark := userMark(t, noon)
	if err := p.Publish(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
	for key := range shared.content { // a power cut while it was written
		shared.content[key] = nil
	}
	for _, name := range []string{"README", ".tmp123", "1.2.email", "x.1.email.abc", "1.x.email.abc", "1.2.e/mail.abc", "1.2..abc", "1.2.email.a:b", "999999999999999999999.1.email.abc"} {
		shared.content["okta_auth/marks/"+name] = []byte("{")
	}
	q := newProcess(&shared, noon)
	for range 3 {
		q.poll(t)
	}
	if q.Marks.Len() != 1 {
		t.Errorf("%d marks, want 1", q.Marks.Len())
	}
	if got := strings.Count(q.log.String(), "none of ours"); got != 9 {
		t.Errorf("%d lines for 9 foreign files in three polls:\n%s", got, q.log)
	}
}

func TestFileJournalCleansUp(t *testing.T) {
	var shared files
	p := newProcess(&shared, noon)
	for i := range 150 {
		mark := session.Mark{Name: fmt.Sprintf("session:%d", i), Before: noon, Ends: noon.Add(time.Hour)}
		if err := p.Publish(t.Context(), mark); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		after   time.Duration
		deleted int
	}{
		{time.Minute, 0},
		{time.Hour + time.Minute, 0}, // not every clock is there yet
		{3 * time.Hour, 100},
		{3 * time.Hour, 150},
	} {
		p.now = noon.Add(c.after)
		p.poll(t)
		if shared.deleted != c.deleted {
			t.Errorf("after %v: %d deleted, want %d", c.after, shared.deleted, c.deleted)
		}
	}
	if err := p.Publish(t.Context(), userMark(t, p.now)); err != nil {
		t.Fatal(err)
	}
	if len(shared.content) != 1 {
		t.Errorf("%d files left, want 1", len(shared.content))
	}
}

func TestFileJournalCursor(t *testing.T) {
	var shared files
	j := &session.FileJournal{Files: &shared, Prefix: "p", Now: func() time.Time { return noon }}
	since := func(cursor string) (int, string) {
		marks, next, err := j.Since(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		return len(marks), next
	}
	publish := func(name string) {
		if err := j.Publish(t.Context(), session.Mark{Name: name, Before: noon, Ends: noon.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	publish("session:a")
	publish("session:b")
	n, cursor := since("")
	if n != 2 {
		t.Errorf("%d at first, want 2", n)
	}
	publish("session:c")
	old := cursor
	if n, cursor = since(cursor); n != 1 {
		t.Errorf("%d new, want 1", n)
	}
	if n, _ = since(cursor); n != 0 {
		t.Errorf("%d new, want none", n)
	}
	for _, c := range []string{"", old, "rubbish"} {
		if n, _ := since(c); n != 3 {
			t.Errorf("cursor %q: %d marks, want all", c, n)
		}
	}
	for _, name := range []string{"", "session", "session:", ":a", "session:../../x", "session:a/b", "email:a.b", "session:a\x00"} {
		if err := j.Publish(t.Context(), session.Mark{Name: name, Before: noon, Ends: noon.Add(time.Hour)}); err == nil {
			t.Errorf("%q became a file's name", name)
		}
	}
}

// The storage was read-only for a while, and a sign-out of that time was never
// heard of elsewhere.
//
// Rows: S-37, F-22.
func TestF22_NoMarkIsLost(t *testing.T) {
	ring := sessiontest.Keyring(t)
	var shared files
	a, b := newProcess(&shared, noon), newProcess(&shared, noon)
	full := errors.New("no space left on device")
	shared.set(nil, full)
	err := a.Publish(t.Context(), userMark(t, noon))
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "in force here") {
		t.Errorf("got %v", err)
	}
	if !a.Marks.Ended(adaAt(noon), ring) || a.Waiting() != 1 {
		t.Errorf("not in force here, or not waiting: %d", a.Waiting())
	}
	for range 3 {
		a.poll(t) // it hears, and cannot tell
		a.now = a.now.Add(time.Minute)
	}
	if got := strings.Count(a.log.String(), "takes no marks"); got != 1 {
		t.Errorf("%d lines for one outage:\n%s", got, a.log)
	}
	shared.set(nil, nil)
	a.poll(t)
	b.poll(t)
	if !b.Marks.Ended(adaAt(noon), ring) || a.Waiting() != 0 {
		t.Errorf("the other process does not know, %d still wait", a.Waiting())
	}
	if !strings.Contains(a.log.String(), "other processes know again") {
		t.Errorf("the recovery is not in the log:\n%s", a.log)
	}
}

// hanging is a storage on a network drive that has gone: nothing returns, and no
// context matters to it.
type hanging struct {
	files
	gate chan struct{}
}

func (h *hanging) Store(ctx context.Context, key string, value []byte) error {
	<-h.gate
	return h.files.Store(ctx, key, value)
}

// A user who signs out waits for no storage, and a thousand who do take no
// thousand goroutines.
//
// Rows: F-22, F-33.
func TestF22_HangingStorage(t *testing.T) {
	ring := sessiontest.Keyring(t)
	shared := &hanging{gate: make(chan struct{})}
	p := newProcess(shared, noon)
	gone, cancel := context.WithCancel(t.Context())
	cancel() // as if the patience were over
	before := runtime.NumGoroutine()
	for i := range 1000 {
		mark := userMark(t, noon)
		if i > 0 {
			mark.Name = fmt.Sprint("session:", i)
		}
		if err := p.Publish(gone, mark); err == nil {
			t.Fatal("published")
		}
	}
	if !p.Marks.Ended(adaAt(noon), ring) || p.Waiting() != 1000 {
		t.Errorf("not in force here, or not waiting: %d", p.Waiting())
	}
	if n := runtime.NumGoroutine() - before; n > 10 {
		t.Errorf("%d goroutines hang", n)
	}
	close(shared.gate) // it is back
	p.poll(t)
	p.poll(t)
	if p.Waiting() != 0 || len(shared.content) != 1000 {
		t.Errorf("%d wait, %d are there", p.Waiting(), len(shared.content))
	}
}

// A mark that nobody could be told of is forgotten when it has ended by itself.
func TestWaitingMarksEnd(t *testing.T) {
	var shared files
	p := newProcess(&shared, noon)
	shared.set(nil, errors.New("read-only"))
	_ = p.Publish(t.Context(), userMark(t, noon))
	p.now = noon.Add(13 * time.Hour)
	p.poll(t)
	if p.Waiting() != 0 {
		t.Errorf("%d wait", p.Waiting())
	}
}

// While the storage is silent, what others end goes on here. The operator has to
// be told, and by how much the bound is exceeded.
//
// Rows: S-37.
func TestS37_SilentJournal(t *testing.T) {
	var shared files
	p := newProcess(&shared, noon)
	if p.Behind() != 0 {
		t.Errorf("behind by %v before the first poll", p.Behind())
	}
	p.poll(t)
	shared.set(errors.New("connection refused"), nil)
	for range 5 {
		p.now = p.now.Add(2 * time.Second)
		if err := p.Poll(t.Context()); err == nil {
			t.Error("no error")
		}
	}
	if p.Behind() != 10*time.Second {
		t.Errorf("behind by %v, want 10s", p.Behind())
	}
	shared.set(nil, nil)
	p.now = p.now.Add(2 * time.Second)
	p.poll(t)
	if p.Behind() != 0 {
		t.Errorf("behind by %v after a poll", p.Behind())
	}
	log := p.log.String()
	if strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "unknown_for=2s") ||
		strings.Count(log, "level=INFO") != 1 || !strings.Contains(log, "unknown_for=12s") {
		t.Errorf("want one warning after 2s and one recovery after 12s:\n%s", log)
	}

	// From the start.
	shared.set(errors.New("connection refused"), nil)
	q := newProcess(&shared, noon)
	_ = q.Poll(t.Context())
	q.now = noon.Add(time.Hour)
	if q.Behind() != time.Hour {
		t.Errorf("behind by %v, want 1h", q.Behind())
	}
}

func TestFollowerRuns(t *testing.T) {
	ring := sessiontest.Keyring(t)
	var shared files
	a, b := newProcess(&shared, noon), newProcess(&shared, noon)
	a.Interval, b.Interval = time.Millisecond, time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { b.Run(ctx) })
	if err := a.Publish(t.Context(), userMark(t, noon)); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(10 * time.Second)
	for !b.Marks.Ended(adaAt(noon), ring) {
		select {
		case <-deadline:
			t.Fatal("the mark never arrives")
		case <-time.After(time.Millisecond):
		}
	}
	stop()
	wg.Wait()

	// What waits when a process ends is told at the last moment, or logged.
	for _, down := range []error{nil, errors.New("gone for good")} {
		var other files
		p := newProcess(&other, noon)
		other.set(nil, errors.New("read-only"))
		_ = p.Publish(t.Context(), userMark(t, noon))
		other.set(nil, down)
		p.Run(ctx) // which has ended
		if want := map[bool]int{true: 1, false: 0}[down != nil]; p.Waiting() != want || strings.Contains(p.log.String(), "level=ERROR") != (want > 0) {
			t.Errorf("storage %v: %d marks wait:\n%s", down, p.Waiting(), p.log)
		}
	}
}

// BenchmarkFileJournal is a poll with ten thousand marks in force: the first one,
// and each after it.
func BenchmarkFileJournal(b *testing.B) {
	var shared files
	p := newProcess(&shared, noon)
	for i := range 10_000 {
		if err := p.Publish(b.Context(), session.Mark{Name: fmt.Sprintf("session:%022d", i), Before: noon, Ends: noon.Add(time.Hour)}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if err := newProcess(&shared, noon).Poll(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("next", func(b *testing.B) {
		for b.Loop() {
			if err := p.Poll(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
