// Package sessiontest is the conformance suite that every session store runs:
// what session.Store promises, as tests.
//
// It owns no store and knows none. Only tests import it.
package sessiontest
