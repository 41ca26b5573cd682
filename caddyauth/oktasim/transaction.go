package oktasim

import (
	"net/netip"
	"slices"
	"time"
)

// What a transaction is for.
type goal int

const (
	signIn   goal = iota
	register      // sign up, or activate an account that an administrator made
	recovery      // of a forgotten password
	unlock        // of an account that is locked
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
	hosted      bool   // on the org's own pages, from /authorize on
	expires     time.Time

	address netip.Addr // of the user, as far as the org believes it
	device  string     // a device token; empty: unknown

	goal       goal
	identifier string // as typed; empty until the user named themselves
	user       *User  // nil until then; a phantom when there is no such user
	rememberMe bool
	federated  bool // an external identity provider said who it is

	activates  *device // what the sign-in is for
	codesTried int     // in vain, to name it
	waited     int     // polls of waitStep

	probe   *prompt // asks the device who its user is
	proven  []proof
	skipped []string        // names of forms that the user put off
	attempt *attempt        // what is being answered; nil: nothing, or to be chosen
	extra   [][]string      // rounds beyond the policy's
	notices []message       // for the next answer
	scopes  []string        // granted: those asked for, unless the user took some out
	settled map[string]bool // steps that happen once, by name
	expired *User           // whose activation link is over

	origin   *transaction // that waits, when this is the link in a mail
	terminal *terminal    // how it ended without a code

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
		stateHandle: s.newStateHandle(),
		client:      tx.client,
		server:      tx.server,
		request:     tx.request,
		policy:      s.policy.effective(),
		expires:     s.deadline(s.TransactionLifetime),
		hosted:      tx.hosted,
		address:     tx.address,
		device:      tx.device,
		scopes:      tx.request.scopes,
		settled:     map[string]bool{},
	}
	if tx.policy.TransactionSeconds > 0 {
		tx.expires = s.deadline(time.Duration(tx.policy.TransactionSeconds) * time.Second)
	}
	s.transactions[tx.handle] = tx
	s.states[tx.stateHandle] = tx
}

func (s *Server) newStateHandle() string { return "02." + randomText(s.quirk.handleLength()) }

// rotateHandle gives a transaction another state handle; the one before leads
// nowhere.
func (s *Server) rotateHandle(tx *transaction) {
	delete(s.states, tx.stateHandle)
	tx.stateHandle = s.newStateHandle()
	s.states[tx.stateHandle] = tx
}

func (s *Server) forget(tx *transaction) {
	delete(s.transactions, tx.handle)
	delete(s.states, tx.stateHandle)
	delete(s.codes, tx.code)
	for link, waits := range s.mailLinks {
		if waits == tx {
			delete(s.mailLinks, link)
		}
	}
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
	policy := t.tx.policy
	var out [][]string
	switch t.tx.goal {
	case register:
	case recovery:
		out = notEmpty(policy.Recover, policy.RecoverAlso)
	case unlock:
		out = notEmpty(policy.Unlock)
	default:
		out = policy.rounds()
		if r := t.rule(); r != nil && !r.Deny {
			out = r.Authenticate
		}
		if t.kept() {
			out = out[:1]
		}
		if t.tx.federated && slices.Contains(out[0], "password") {
			out = out[1:] // the identity provider asked for it
		}
	}
	if acr := t.tx.request.acr(); acr != "" && acr != assurances[0] && t.tx.goal == signIn && len(out) < 2 {
		out = append(slices.Clip(out), t.factors()) // stepped up
	}
	return append(slices.Clip(out), t.tx.extra...)
}

// factors are all authenticators but the password that can be asked for.
func (t *turn) factors() []string {
	var out []string
	for _, a := range t.authenticators {
		if a.name != "password" && (a.name == "email" || len(a.owns(t.tx.user)) > 0) {
			out = append(out, a.name)
		}
	}
	return out
}

func notEmpty(rounds ...[]string) [][]string {
	return slices.DeleteFunc(rounds, func(round []string) bool { return len(round) == 0 })
}

// has says whether something was proven for one of these purposes.
func (tx *transaction) has(name string, among ...purpose) bool {
	return slices.ContainsFunc(tx.proven, func(p proof) bool { return p.of.name == name && slices.Contains(among, p.purpose) })
}

// authenticated says whether anything was proven at all.
func (tx *transaction) authenticated() bool { return len(tx.proven) > 0 || tx.federated }

// once says whether a step that happens once is still to come.
func (t *turn) once(name string) bool { return !t.tx.settled[name] && !t.skipped(name) }

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
	if tx.federated {
		out = append(out, "fed")
	}
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
