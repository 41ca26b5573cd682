package okta

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"golang.org/x/sync/singleflight"
)

// Users who come while the org does not answer wait for one call together, not
// in a line of timeouts.
func TestWaitersShareOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f singleflight.Group
		calls := 0
		release := make(chan struct{})
		down := errors.New("down")
		got := make(chan error, 50)
		for range cap(got) {
			go func() {
				_, err := shared(t.Context(), &f, "it", func(context.Context) (int, error) {
					calls++
					<-release
					return 0, down
				})
				got <- err
			}()
		}
		synctest.Wait() // all of them are waiting
		close(release)
		for range cap(got) {
			if err := <-got; err != down {
				t.Errorf("got %v", err)
			}
		}
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
		// The next one asks again: a failure is not remembered.
		if v, err := shared(t.Context(), &f, "it", func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
}

// A caller who leaves takes nobody else's answer along.
func TestLeavingCallerEndsNothing(t *testing.T) {
	var f singleflight.Group
	release := make(chan struct{})
	started := make(chan struct{})
	call := func(got chan error) {
		_, err := shared(t.Context(), &f, "it", func(ctx context.Context) (int, error) {
			close(started)
			<-release
			return 7, ctx.Err()
		})
		got <- err
	}
	first := make(chan error, 1)
	go call(first)
	<-started
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := shared[int](left, &f, "it", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
