package redisstore

import (
	"errors"
	"sync"
)

// errSilent is the error of a call that was not made.
var errSilent = errors.New("did not answer the last calls")

// patience is how many calls in a row may fail before the others stop waiting.
const patience = 5

// breaker keeps requests from queueing up before a Redis that does not answer:
// after some failures in a row only one call at a time goes out, and all others
// fail at once. The first that works lets everybody through again, so recovery
// takes no longer than one call.
type breaker struct {
	mu       sync.Mutex
	failures int // in a row
	probing  bool
}

type verdict int

const (
	unknown verdict = iota
	worked
	failed
)

// enter asks for leave to make a call. done is called once with its outcome.
func (b *breaker) enter() (done func(verdict), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probe := b.failures >= patience
	if probe && b.probing {
		return nil, false
	}
	if probe {
		b.probing = true
	}
	return func(v verdict) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if probe {
			b.probing = false
		}
		switch v {
		case worked:
			b.failures = 0
		case failed:
			b.failures++
		}
	}, true
}
