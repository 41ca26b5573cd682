package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	defaultInterval = 2 * time.Second
	journalPatience = 10 * time.Second
	// publishPatience is shorter: the page after a sign-out waits for it.
	publishPatience = 3 * time.Second
)

// Follower keeps a list of marks in step with a journal: a mark of one process is
// in force in all others Interval later, and the time that the journal takes.
// While the journal is silent that does not hold, and the log says so.
type Follower struct {
	Marks   *Marks
	Journal Journal
	// Interval is the time between two polls; 0 means 2 seconds.
	Interval time.Duration
	// Logger says when a journal falls silent and when it answers again; nil
	// means slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	cursor  string // of the last poll, which alone reads and sets it
	waiting Marks  // ours that the journal does not have yet

	mu      sync.Mutex
	running *poll // the one under way, or nil
	started time.Time
	heard   time.Time // when the journal last told what there is
	deaf    bool      // the last attempt to hear failed, and the log has it
	mute    bool      // likewise for telling
}

// poll is one exchange with the journal. There is one at a time, which everybody
// joins who wants one: a storage that hangs takes one goroutine, and the context of
// a request that the browser gave up stops nothing.
type poll struct {
	done  chan struct{}
	told  error // set before done is closed
	heard error // likewise
}

// Run polls at once and then every Interval until ctx ends. What others have yet
// to learn of is then tried once more.
func (f *Follower) Run(ctx context.Context) {
	interval := f.Interval
	if interval <= 0 {
		interval = defaultInterval
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		_ = f.Poll(ctx) // it has logged what there is to say
		select {
		case <-ctx.Done():
			f.leave(context.WithoutCancel(ctx))
			return
		case <-ticker.C:
		}
	}
}

// Poll tells the journal what is waiting and hears what is new. Run does it; call
// it once before the first request is served, so that no session which was ended
// before this process started is let in.
func (f *Follower) Poll(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err // we stop: nothing is wrong
	}
	ctx, cancel := context.WithTimeout(ctx, journalPatience)
	defer cancel()
	p := f.join(ctx)
	select {
	case <-p.done:
		return p.heard
	case <-ctx.Done():
		err := fmt.Errorf("the journal of marks: %w", ctx.Err())
		if errors.Is(err, context.DeadlineExceeded) {
			f.notHeard(err)
		}
		return err
	}
}

// Publish puts a mark in force here and tells the other processes. An error means
// that these do not know yet; Run goes on trying, so nothing is to be done about
// it but to tell whoever asked.
func (f *Follower) Publish(ctx context.Context, m Mark) error {
	f.Marks.Add(f.now(), m)
	f.waiting.Add(f.now(), m)
	ctx, cancel := context.WithTimeout(ctx, publishPatience)
	defer cancel()
	var err error
	for range 2 { // the first may have begun before the mark was waiting
		p := f.join(ctx)
		select {
		case <-p.done:
			err = p.told
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err == nil && !f.waiting.has(m.Name) {
			return nil
		}
	}
	if err == nil { // the same mark, once more, by another request: it is on its way
		return nil
	}
	return fmt.Errorf("in force here; other processes will learn of it when the storage or Redis that they share answers: %w", err)
}

// join returns the poll that is under way, or begins one.
func (f *Follower) join(ctx context.Context) *poll {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.started.IsZero() {
		f.started = f.now()
	}
	if f.running == nil {
		f.running = &poll{done: make(chan struct{})}
		go f.poll(context.WithoutCancel(ctx), f.running)
	}
	return f.running
}

func (f *Follower) poll(ctx context.Context, p *poll) {
	ctx, cancel := context.WithTimeout(ctx, journalPatience)
	defer cancel()
	p.told = f.tell(ctx)
	p.heard = f.hear(ctx)
	f.mu.Lock()
	f.running = nil
	f.mu.Unlock()
	close(p.done)
}

// tell publishes what is waiting.
func (f *Follower) tell(ctx context.Context) (err error) {
	for _, m := range f.waiting.inForce(f.now()) {
		if err = f.Journal.Publish(ctx, m); err != nil {
			err = fmt.Errorf("publishing a mark: %w", err)
			break
		}
		f.waiting.remove(m)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err != nil && !f.mute:
		f.mute = true
		f.logger().Warn("sessions that were ended here may go on elsewhere: the journal takes no marks", "waiting", f.waiting.Len(), "error", err)
	case err == nil && f.mute:
		f.mute = false
		f.logger().Info("other processes know again which sessions were ended here")
	}
	return err
}

// hear puts in force what is new.
func (f *Follower) hear(ctx context.Context) error {
	marks, next, err := f.Journal.Since(ctx, f.cursor)
	if err != nil {
		err = fmt.Errorf("asking for marks of other processes: %w", err)
		f.notHeard(err)
		return err
	}
	f.cursor = next
	f.Marks.Add(f.now(), marks...)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deaf {
		f.deaf = false
		f.logger().Info("sessions that were ended elsewhere are known again", "unknown_for", f.behind())
	}
	f.heard = f.now()
	return nil
}

func (f *Follower) notHeard(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.deaf {
		f.deaf = true
		f.logger().Warn("sessions that were ended elsewhere may go on here: the journal of marks does not answer", "unknown_for", f.behind(), "error", err)
	}
}

// Behind is for how long the marks of other processes have been unknown: a few
// seconds as a rule, more while the journal is silent. 0 before the first poll.
func (f *Follower) Behind() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.behind()
}

func (f *Follower) behind() time.Duration {
	switch {
	case !f.heard.IsZero():
		return f.now().Sub(f.heard)
	case !f.started.IsZero():
		return f.now().Sub(f.started)
	}
	return 0
}

// Waiting is how many marks other processes do not know yet.
func (f *Follower) Waiting() int { return f.waiting.Len() }

// leave is the end of Run.
func (f *Follower) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, publishPatience)
	defer cancel()
	for range 2 { // as in Publish
		if f.Waiting() > 0 {
			_ = f.Poll(ctx)
		}
	}
	if n := f.Waiting(); n > 0 {
		f.logger().Error("this process ends, and sessions that it ended may go on elsewhere", "marks", n)
	}
}

func (f *Follower) logger() *slog.Logger {
	if f.Logger == nil {
		return slog.Default()
	}
	return f.Logger
}

func (f *Follower) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}
