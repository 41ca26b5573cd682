package signin

import (
	"container/list"
	"sync"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// Bounds of Answers.
const (
	maxAnswers     = 4096
	maxAnswerBytes = 32 << 20
	answerLife     = 10 * time.Minute
)

// Answers remembers Okta's last answer in each sign-in, so that a page costs no
// call of its own. Losing one costs a call; the oldest are lost first. The zero
// value is ready for use.
type Answers struct {
	mu    sync.Mutex
	byKey map[string]*list.Element
	order list.List // of *remembered, oldest first
	bytes int
	locks map[string]*handleLock
}

type remembered struct {
	key    string
	answer *okta.Answer // nil: superseded
	at     time.Time    // when Okta gave it
	rest   time.Time    // not to be polled before
}

func (r *remembered) size() int {
	if r.answer == nil {
		return len(r.key)
	}
	return len(r.key) + r.answer.Size
}

func (a *Answers) get(key string, now time.Time) (*okta.Answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.byKey[key]
	if e == nil {
		return nil, false
	}
	if r := e.Value.(*remembered); now.Before(r.at.Add(answerLife)) {
		return r.answer, true
	}
	a.removeLocked(e)
	return nil, false
}

func (a *Answers) put(key string, answer *okta.Answer, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.byKey[key]; e != nil {
		a.removeLocked(e)
	}
	if a.byKey == nil {
		a.byKey = make(map[string]*list.Element)
	}
	r := &remembered{key: key, answer: answer, at: now}
	a.byKey[key] = a.order.PushBack(r)
	a.bytes += r.size()
	for a.order.Len() > maxAnswers || a.bytes > maxAnswerBytes {
		a.removeLocked(a.order.Front())
	}
}

// due tells whether the answer is older than interval, and nothing forbids to ask
// Okta again: a limit that was met, or another request that asks already, which
// is noted. Otherwise wait says how long it is until then.
func (a *Answers) due(key string, interval time.Duration, now time.Time) (due bool, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.byKey[key]
	if e == nil {
		return true, 0
	}
	r := e.Value.(*remembered)
	next := r.at.Add(interval)
	if r.rest.After(next) {
		next = r.rest
	}
	if wait = next.Sub(now); wait > 0 {
		return false, wait
	}
	r.rest = now.Add(interval)
	return true, 0
}

// rest forbids to poll before that time.
func (a *Answers) rest(key string, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.byKey[key]; e != nil {
		e.Value.(*remembered).rest = until
	}
}

// supersede remembers that an answer was acted on, so that a form that is
// posted twice costs no second attempt.
func (a *Answers) supersede(key string, now time.Time) { a.put(key, nil, now) }

func (a *Answers) removeLocked(e *list.Element) {
	r := a.order.Remove(e).(*remembered)
	delete(a.byKey, r.key)
	a.bytes -= r.size()
}

// handleLock makes the posts of one sign-in follow one another: of two clicks,
// the second finds the step that the first one reached.
type handleLock struct {
	sync.Mutex
	waiting int
}

func (a *Answers) lock(handle string) (unlock func()) {
	a.mu.Lock()
	if a.locks == nil {
		a.locks = make(map[string]*handleLock)
	}
	l := a.locks[handle]
	if l == nil {
		l = new(handleLock)
		a.locks[handle] = l
	}
	l.waiting++
	a.mu.Unlock()

	l.Lock()
	return func() {
		l.Unlock()
		a.mu.Lock()
		defer a.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(a.locks, handle)
		}
	}
}
