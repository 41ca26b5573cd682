package oktasim

// A step is one place where a transaction may stop and wait for the user. Each
// is a file with one value of this type, and an entry in flow.
//
// No step names the next one. Where a transaction is follows from its policy
// and from what has happened in it: the first step of the flow that is due.
type step struct {
	// due says whether this has to happen before anything after it.
	due func(*turn) bool

	// enter runs when the transaction arrives, before anything is shown. It
	// says whether it settled the step without the user. nil: nothing to do.
	enter func(*turn) (settled bool)

	// show writes the step into an answer. It changes nothing.
	show func(*turn, *answer)
}

// flow has all steps in the order in which they happen, for every goal.
func flow() []*step {
	return []*step{
		terminalStep,
		linkStep,                                                       // not a sign-in, but the link in a mail
		requestActivationStep,                                          // the link in the mail is too old
		userCodeStep,                                                   // for which device?
		probeStep, registerStep, recoverStep, unlockStep, identifyStep, // who is it?
		attemptStep, selectStep, // prove it
		unlockedStep, resetStep, recoveredStep, // what the proof was for
		waitStep, denyStep, manageStep, deviceStep, // may they?
		expiredStep, enrollStep, promotionStep, registeredStep, // is everything set up?
		idvStep, profileStep, keepStep, consentStep, // what else is there to ask?
		activateStep, issueStep,
	}
}

// A handler takes a posted form. It changes the transaction, or says what is
// wrong; it does not go on to the next step.
type handler func(*turn) *rejection

// A turn is one request of one transaction: all that a step or an
// authenticator works with.
type turn struct {
	*Server
	call  *call
	tx    *transaction
	given posted

	offers map[string]handler // by path, of the answer rendered last
	stepUp bool               // the answer asks the device, not the client: see sso
}

// step is where the transaction is.
func (t *turn) step() *step {
	for _, s := range t.steps {
		if s.due(t) {
			return s
		}
	}
	panic("oktasim: no step is due") // the last one always is
}

// settle goes on to the first step that needs the user.
func (t *turn) settle() {
	for s := t.step(); s.enter != nil && s.enter(t); s = t.step() {
	}
}
