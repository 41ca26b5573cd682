// Package policytest says how applications may read a path: what a test holds
// against a proxy that has judged it.
//
// It owns the readings of unforgiving applications and knows nothing of the
// judges: it shares no code with package policy. Only tests import it.
package policytest
