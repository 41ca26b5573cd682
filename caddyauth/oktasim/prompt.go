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
// an account to add. An attempt has it in its memory. The exported fields are
// for the page of the phone.
type prompt struct {
	ID      string
	Asks    string   // the question
	Yes, No string   // the two answers; without No there is only one
	Numbers []string // to choose from in place of Yes; one is Number
	Number  string

	answer  ownersAnswer
	by      string // whose phone answered, by login
	why     string // the message, where a denial is not the owner's
	tried   bool   // a browser asked, and had no answer: see sso
	expires time.Time
}

type ownersAnswer int

const (
	waiting ownersAnswer = iota
	approved
	denied
)

// prompt makes a question.
func (t *turn) prompt(p prompt) *prompt {
	p.ID, p.expires = randomText(16), t.deadline(promptLifetime)
	return &p
}

// prompts are the questions that wait on a user's phone, newest first.
func (s *Server) prompts(login string) []*prompt {
	user := s.user(login)
	var out []*prompt
	for _, tx := range s.transactions {
		if user == nil || s.live(tx) == nil {
			continue
		}
		var p *prompt
		switch {
		case tx.user == nil:
			if fastPassOf(user) != nil {
				p = tx.probe // asks whoever is near
			}
		case tx.attempt == nil:
		case tx.identifier == "" && len(tx.attempt.of.owns(user)) > 0, loginKey(tx.user.Login) == loginKey(login):
			p = promptOf(tx.attempt)
		}
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

// settle notes the owner's answer; the first one stands.
func (p *prompt) settle(login string, answer ownersAnswer) {
	if p.answer == waiting {
		p.by, p.answer = login, answer
	}
}

// tap is a button on the page of the phone: approve, deny, or a number. A
// wrong number is a denial: whoever asked is not sitting in front of the owner.
func (p *prompt) tap(login, button string) {
	switch {
	case button == "approve" && p.Numbers == nil, button == p.Number && p.Numbers != nil:
		p.settle(login, approved)
	case button == "deny" && p.No != "", slices.Contains(p.Numbers, button):
		p.settle(login, denied)
	}
}

// pollPrompt is the handler of a form that asks whether the owner answered.
func pollPrompt(t *turn) *rejection {
	p := promptOf(t.tx.attempt)
	switch {
	case p.answer == approved:
		if wrong := t.complain(p); wrong != nil || p.answer != approved {
			return wrong
		}
		return answerAttempt(t)
	case p.answer == waiting && t.Now().After(p.expires):
		t.end(http.StatusNotFound, say(msgTimedOut))
	}
	return nil
}

// threeNumbers are what a push with a number challenge shows.
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
