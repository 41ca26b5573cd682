// Package session says who is signed in, and how the browser carries that.
//
// It owns the Session and its limits; the Store contract, with the sealed cookie
// as the store that needs nothing installed and memory as the one that keeps the
// cookie small; the list of sessions that were ended early, and how processes
// share it; and the cookie on the wire: its attributes, its chunks, and keeping it
// away from the upstream.
//
// It knows neither Caddy nor Okta, decides nothing about access and never talks
// to the network itself: a storage is handed to it. What it reads from a browser
// is either exactly what it once wrote or no session at all: nothing here turns a
// broken cookie into an error.
package session
