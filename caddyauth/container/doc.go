// Package container tests the image that the Dockerfile makes, as the examples
// for compose and Kubernetes run it: for a user who is not root, on a root file
// system that is read-only, with a key and no storage.
//
// Debian's buildah builds it without a daemon and without a network; the tests
// need root, for chroot and mounts, and are skipped without one of the two, or
// fail then where CADDY_OKTA_NO_SKIP is set. Elsewhere than on Linux there are none.
// Org and application are the test's, on loopback.
//
// It never tests what the server does beyond a sign-in: that is e2e's.
package container
