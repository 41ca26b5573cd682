package oktasim

import (
	"net/http"
	"strings"
)

// Apple's single sign-on extension answers a request of the browser before it
// reaches the org. Here the request always reaches the org, and the user's
// phone stands for the extension: what it has approved, is signed.

// ssoPath is where the extension's request goes.
func ssoPath(p *prompt) string {
	return "authenticators/sso_extension/transactions/" + p.ID + "/verify"
}

// ssoForms are what there is to do while the extension is asked: let the browser
// try or, once it has tried in vain, go on without.
func (t *turn) ssoForms(p *prompt, approved, without handler) []form {
	if p.tried {
		return []form{t.form("cancel-transaction", ssoPath(p)+"/cancel", without)}
	}
	verify := func(t *turn) *rejection {
		switch {
		case p.answer == waiting:
			p.tried = true
			t.stepUp = true
			return nil
		case p.answer == denied:
			return without(t)
		}
		return approved(t)
	}
	return []form{t.form("device-apple-sso-extension", ssoPath(p), verify)}
}

// stepUpReply is an answer under the status and the header that the extension
// waits for: a browser without it sees a 401 that is no error.
func stepUpReply(out reply) reply {
	out.status = http.StatusUnauthorized
	out.header.Set("Www-Authenticate", `Oktadevicejwt realm="Okta Device"`)
	return out
}

// ssoEndpoint is what the paths of the extension are counted as: they have an id
// in the middle.
const ssoEndpoint = "authenticators/sso_extension"

func idxEndpoint(path string) string {
	if strings.HasPrefix(path, ssoEndpoint+"/") {
		return ssoEndpoint
	}
	return path
}
