package okta

import (
	"sync/atomic"

	"golang.org/x/sync/singleflight"
)

// authority is a server that signs tokens, with what it says of itself: its
// metadata and its keys. An org has several, each with keys of its own: custom
// authorization servers, and the org itself.
type authority struct {
	org    *Org   // makes the calls
	issuer string // the name that it signs as
	origin string // scheme://host of the issuer: its metadata and keys come from there only

	flights    singleflight.Group // discovery and keys, while they are asked for
	discovered atomic.Pointer[discovery]

	keys   atomic.Pointer[keySet]
	missed moment // when a fetch of the keys did not bring the one looked for
	failed moment // when a fetch of the keys failed
}
