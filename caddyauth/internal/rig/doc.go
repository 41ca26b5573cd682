// Package rig is what a test of a whole program needs: a folder and the built
// server for a run, programs with what they write, ports that are free, waiting
// with a deadline, Chromium, and the rule for tests that cannot run on this
// machine. Only tests import it.
//
// A test that lacks something is skipped and says what to install; where
// CADDY_OKTA_NO_SKIP is set it fails instead, so that nobody takes a run of
// skips for one of passes.
//
// It never knows what is tested: sites, orgs, applications and containers are
// of the packages that test with them.
package rig
