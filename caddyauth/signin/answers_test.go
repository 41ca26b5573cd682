package signin

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

func answerOf(size int) *okta.Answer { return &okta.Answer{Size: size, Response: &idx.Response{}} }

// A flood of sign-ins that nobody goes on with costs a bounded memory, and the
// oldest of them.
//
// Rows: F-24.
func TestF24_AnswersBoundedByCount(t *testing.T) {
	var a Answers
	now := time.Unix(0, 0)
	for i := range 3 * maxAnswers {
		a.put(fmt.Sprint(i), answerOf(1), now)
	}
	if n := len(a.byKey); n != maxAnswers || a.order.Len() != n {
		t.Errorf("%d answers, %d in order", n, a.order.Len())
	}
	if _, ok := a.get("0", now); ok {
		t.Error("the oldest is still there")
	}
	if got, ok := a.get(fmt.Sprint(3*maxAnswers-1), now); !ok || got == nil {
		t.Error("the newest is gone")
	}
}

// Rows: F-24.
func TestF24_AnswersBoundedByBytes(t *testing.T) {
	var a Answers
	now := time.Unix(0, 0)
	for i := range 100 {
		a.put(fmt.Sprint(i), answerOf(1<<20), now)
		if a.bytes > maxAnswerBytes {
			t.Fatalf("%d bytes", a.bytes)
		}
	}
	if n := len(a.byKey); n < 30 || n > 32 {
		t.Errorf("%d answers of a megabyte", n)
	}
	// Replacing and superseding give the room back.
	for key := range a.byKey {
		a.put(key, answerOf(2), now)
		a.supersede(key, now)
	}
	if a.bytes > 1000 {
		t.Errorf("%d bytes are counted for nothing", a.bytes)
	}
}

// Superseded is not the same as unknown: the one means that the form was acted
// on, the other that another replica may have to be asked.
func TestAnswersExpireAndSupersede(t *testing.T) {
	var a Answers
	now := time.Unix(1_790_000_000, 0)
	if _, known := a.get("x", now); known {
		t.Error("known before it was put")
	}
	a.put("x", answerOf(1), now)
	a.supersede("y", now)
	if got, known := a.get("y", now); !known || got != nil {
		t.Errorf("superseded: %v, %v", got, known)
	}
	if got, known := a.get("x", now.Add(answerLife-1)); !known || got == nil {
		t.Error("gone too early")
	}
	for _, key := range []string{"x", "y"} {
		if _, known := a.get(key, now.Add(answerLife)); known {
			t.Errorf("%s is known after its end", key)
		}
	}
	if len(a.byKey) != 0 || a.bytes != 0 || a.order.Len() != 0 {
		t.Errorf("left behind: %d answers, %d bytes", len(a.byKey), a.bytes)
	}
}

// The locks are per sign-in: one at a time within it, nobody waits for another,
// and none is left when all have gone.
func TestHandleLocks(t *testing.T) {
	var a Answers
	inside := map[string]*int{"h0": new(int), "h1": new(int)}
	var wg sync.WaitGroup
	for handle, n := range inside {
		for range 50 {
			wg.Go(func() {
				unlock := a.lock(handle)
				defer unlock()
				if *n++; *n != 1 { // the race detector looks on as well
					t.Errorf("%d inside %s", *n, handle)
				}
				*n--
			})
		}
	}
	wg.Wait()
	if len(a.locks) != 0 {
		t.Errorf("%d locks are left", len(a.locks))
	}
	unlock := a.lock("h0")
	a.lock("h1")() // does not wait for h0
	unlock()
	if len(a.locks) != 0 {
		t.Errorf("%d locks are left", len(a.locks))
	}
}
