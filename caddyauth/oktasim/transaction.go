package oktasim

import (
	"slices"
	"time"
)

// What a transaction is for.
type goal int

const (
	signIn goal = iota
	register
	recovery
	unlock
)

// A transaction is one sign-in, from /interact to its interaction code. What
// is next in it is nowhere written down: it follows from what has happened.
type transaction struct {
	handle      string // interaction handle, from /interact to /introspect
	stateHandle string // in every form after it
	client      *Client
	server      *authServer
	request     interactRequest
	policy      Policy // as it was at the first step
	expires     time.Time

	goal       goal
	identifier string // as typed; empty until the user named themselves
	user       *User  // nil until then; a phantom when there is no such user
	rememberMe bool

	proven  []proof
	skipped []string // names of forms that the user put off
	attempt *attempt // what is being answered; nil: nothing, or to be chosen

	terminal *terminal // how it ended without a code

	signedIn    time.Time
	code        string // interaction code
	codeExpires time.Time
}

// A proof is one authenticator that the user has answered.
type proof struct {
	of      *authenticator
	method  string
	purpose purpose
}

// restart puts a transaction, new or not, at its first step. It forgets
// everything but what /interact said.
func (s *Server) restart(tx *transaction) {
	s.forget(tx)
	*tx = transaction{
		handle:      tx.handle,
		stateHandle: "02." + randomText(s.quirk.handleLength()),
		client:      tx.client,
		server:      tx.server,
		request:     tx.request,
		policy:      s.policy,
		expires:     s.deadline(s.TransactionLifetime),
	}
	s.transactions[tx.handle] = tx
	s.states[tx.stateHandle] = tx
}

func (s *Server) forget(tx *transaction) {
	delete(s.transactions, tx.handle)
	delete(s.states, tx.stateHandle)
	delete(s.codes, tx.code)
}

// live returns tx unless its time is over, and then forgets it.
func (s *Server) live(tx *transaction) *transaction {
	if tx != nil && s.Now().After(tx.expires) {
		s.forget(tx)
		return nil
	}
	return tx
}

// unmet are the rounds of the policy that no proof has met yet. One proof
// meets one round.
func (t *turn) unmet() [][]string {
	left := slices.Clone(t.tx.proven)
	var out [][]string
	for _, round := range t.rounds() {
		i := slices.IndexFunc(left, func(p proof) bool { return slices.Contains(round, p.of.name) })
		if i < 0 {
			out = append(out, round)
		} else {
			left = slices.Delete(left, i, i+1)
		}
	}
	return out
}

// rounds are what this transaction asks for: one authenticator of each.
func (t *turn) rounds() [][]string {
	return t.tx.policy.rounds()
}

// skippable offers to put off what a form of that name asks for.
func (t *turn) skippable(name string) form {
	return t.form("skip", "skip", func(t *turn) *rejection {
		t.tx.skipped = append(t.tx.skipped, name)
		t.tx.attempt = nil
		return nil
	})
}

func (t *turn) skipped(name string) bool { return slices.Contains(t.tx.skipped, name) }

// amr lists the methods that were used, in the words of Okta's ID tokens.
func (tx *transaction) amr() []string {
	var out []string
	for _, p := range tx.proven {
		if amr := p.of.amrOf(p.method); !slices.Contains(out, amr) {
			out = append(out, amr)
		}
	}
	if len(out) > 1 {
		out = append(out, "mfa")
	}
	return out
}
