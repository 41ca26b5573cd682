package okta

import (
	"context"
	"sync"
)

// flight lets callers that ask for the same thing at the same time share one
// call. Were they to queue instead, a hundred users would wait a hundred
// timeouts for an org that does not answer.
type flight[T any] struct {
	mu      sync.Mutex
	running *run[T]
}

type run[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// do joins the call under way, or starts one. The call is not canceled with the
// caller that happened to start it: others wait for it too. The HTTP client's
// timeout ends it.
func (f *flight[T]) do(ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	f.mu.Lock()
	r := f.running
	if r == nil {
		r = &run[T]{done: make(chan struct{})}
		f.running = r
		go func() {
			r.value, r.err = call(context.WithoutCancel(ctx))
			f.mu.Lock()
			f.running = nil
			f.mu.Unlock()
			close(r.done)
		}()
	}
	f.mu.Unlock()
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
