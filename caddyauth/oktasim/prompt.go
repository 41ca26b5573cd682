package oktasim

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"
)

// promptLifetime is how long a phone waits for its owner.
const promptLifetime = 5 * time.Minute

// devicePoll is how often a client should ask whether the owner answered, in
// milliseconds.
const devicePoll = 4000

// A prompt is a question on a user's phone for which a sign-in waits: a push,
// an account to add. It is the memory of an attempt; its fields are for the
// page of the phone.
type prompt struct {
	ID      string
	Asks    string   // the question
	Yes, No string   // the two answers; without No there is only one
	Numbers []string // to choose from in place of Yes; one is Number
	Number  string

	answer  ownersAnswer
	expires time.Time
}

type ownersAnswer int

const (
	waiting ownersAnswer = iota
	approved
	denied
)

// prompts are the questions that wait on a user's phone, newest first.
func (s *Server) prompts(login string) []*prompt {
	var out []*prompt
	for _, tx := range s.transactions {
		if tx.attempt == nil || tx.user.phantom || loginKey(tx.user.Login) != loginKey(login) || s.live(tx) == nil {
			continue
		}
		p := promptOf(tx.attempt)
		if p != nil && p.answer == waiting && !s.Now().After(p.expires) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *prompt) int { return b.expires.Compare(a.expires) })
	return out
}

// promptOf is the question that an attempt waits for; nil: none.
func promptOf(at *attempt) *prompt {
	if holder, ok := at.memory.(interface{ asks() *prompt }); ok {
		return holder.asks()
	}
	return nil
}

func (p *prompt) asks() *prompt { return p }

// tap is the owner's answer: approve, deny, or a number. A wrong number is a
// denial: whoever asked is not sitting in front of the owner.
func (p *prompt) tap(answer string) {
	switch {
	case p.answer != waiting:
	case answer == "approve" && p.Numbers == nil, answer == p.Number && p.Numbers != nil:
		p.answer = approved
	case answer == "deny" && p.No != "", slices.Contains(p.Numbers, answer):
		p.answer = denied
	}
}

// prompt puts a question on the user's phone.
func (t *turn) prompt(p prompt) *prompt {
	p.ID, p.expires = randomText(16), t.deadline(promptLifetime)
	return &p
}

// pollPrompt is the handler of a form that asks whether the owner answered.
func pollPrompt(t *turn) *rejection {
	at := t.tx.attempt
	p := promptOf(at)
	switch {
	case p.answer == approved:
		return answerAttempt(t)
	case p.answer == waiting && t.Now().After(p.expires):
		t.end(http.StatusNotFound, say(msgTimedOut))
	}
	return nil
}

// threeNumbers are what a push with a number challenge shows: the right one
// first.
func threeNumbers() []string {
	var out []string
	for len(out) < 3 {
		n, err := rand.Int(rand.Reader, big.NewInt(90))
		if err != nil {
			panic(err) // a machine without randomness
		}
		if number := fmt.Sprint(n.Int64() + 10); !slices.Contains(out, number) {
			out = append(out, number)
		}
	}
	return out
}
