package oktasim

import (
	"slices"
	"time"
)

// A transaction is one sign-in, from /interact to its interaction code.
type transaction struct {
	handle      string // interaction handle, from /interact to /introspect
	stateHandle string // in every form after it
	client      *Client
	server      *authServer
	request     interactRequest
	policy      Policy // as it was at the first step
	expires     time.Time

	identifier string // as typed; empty until the user named themselves
	user       *User  // nil until then, and for a user that does not exist
	passed     []*authenticator
	current    *authenticator // the one being answered; nil: none yet, or to be chosen

	mailCode    string
	mailLink    string
	mailExpires time.Time

	signedIn    time.Time
	code        string // interaction code
	codeExpires time.Time
}

// restart puts a transaction, new or not, at its first step. It forgets
// everything but what /interact said.
func (s *Server) restart(tx *transaction) {
	s.end(tx)
	*tx = transaction{
		handle:      tx.handle,
		stateHandle: "02." + randomText(40),
		client:      tx.client,
		server:      tx.server,
		request:     tx.request,
		policy:      s.policy,
		expires:     s.deadline(s.TransactionLifetime),
	}
	s.transactions[tx.handle] = tx
	s.states[tx.stateHandle] = tx
}

func (s *Server) end(tx *transaction) {
	delete(s.transactions, tx.handle)
	delete(s.states, tx.stateHandle)
	delete(s.codes, tx.code)
}

// live returns tx unless its time is over, and then forgets it.
func (s *Server) live(tx *transaction) *transaction {
	if tx != nil && s.Now().After(tx.expires) {
		s.end(tx)
		return nil
	}
	return tx
}

// choices are the authenticators of which one must be passed next: first the
// password, then any one factor of the policy, then none.
func (tx *transaction) choices() []*authenticator {
	if !slices.Contains(tx.passed, passwordAuthenticator) {
		return []*authenticator{passwordAuthenticator}
	}
	var factors []*authenticator
	for _, name := range tx.policy.Factors {
		a := authenticatorNamed(name)
		if slices.Contains(tx.passed, a) {
			return nil
		}
		factors = append(factors, a)
	}
	return factors
}

// pass records that the user proved themselves with a, and moves on.
func (s *Server) pass(c *call, tx *transaction, a *authenticator) {
	delete(s.failures, tx.failureKey(a))
	tx.passed = append(tx.passed, a)
	s.advance(c, tx)
}

// advance goes to the next step: done, the one thing that is asked without
// asking which, or the list.
func (s *Server) advance(c *call, tx *transaction) {
	tx.current = nil
	switch choices := tx.choices(); {
	case len(choices) == 0:
		tx.signedIn = s.Now()
		tx.code = randomText(43)
		tx.codeExpires = s.deadline(interactionCodeLifetime)
		s.codes[tx.code] = tx
	case choices[0] == passwordAuthenticator:
		tx.current = passwordAuthenticator
	}
}

// fail counts a wrong answer. It says whether the authenticator is suspended,
// by this failure or an earlier one.
func (s *Server) fail(tx *transaction, a *authenticator) (suspended bool) {
	s.failures[tx.failureKey(a)]++
	return s.suspended(tx, a)
}

func (s *Server) suspended(tx *transaction, a *authenticator) bool {
	limit := tx.policy.Lockout
	return limit > 0 && s.failures[tx.failureKey(a)] >= limit
}

func (tx *transaction) failureKey(a *authenticator) string {
	return loginKey(tx.identifier) + " " + a.key
}

// userID is the user's id. A user who does not exist has one as well: an
// answer must not tell them apart.
func (tx *transaction) userID() string {
	if tx.user != nil {
		return tx.user.id()
	}
	return (&User{Login: tx.identifier}).id()
}

// amr lists the methods that were used, in the words of Okta's ID tokens.
func (tx *transaction) amr() []string {
	var out []string
	for _, a := range tx.passed {
		out = append(out, a.amr)
	}
	if len(out) > 1 {
		out = append(out, "mfa")
	}
	return out
}
