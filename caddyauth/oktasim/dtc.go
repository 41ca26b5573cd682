package oktasim

import "net/http"

// Chrome's device trust connector tells the org about the device when the
// browser loads an address of the org's, in a frame that nobody sees. Here the
// loading itself is what it tells: it says nothing of who the user is, so the
// sign-in goes on with the page that asks.

const dtcPath = "/idp/device/{id}/challenge"

func dtcAddress(t *turn, p *prompt) string {
	return t.call.base + "/idp/device/" + oktaID("din", t.tx.client.ID) + "/challenge?transactionHandle=" + p.ID
}

// dtcFrame is the page in the frame.
func (s *Server) dtcFrame(c *call) reply {
	for _, tx := range s.transactions {
		if tx.probe == nil || tx.probe.ID != c.form.Get("transactionHandle") || s.live(tx) == nil {
			continue
		}
		tx.probe.settle("", denied) // it knows the device, and not its user
		out := page(http.StatusOK, "This device is known", verifiedPage, "The application goes on by itself.")
		out.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors "+originOf(tx.request.redirectURI))
		return out
	}
	return visitOver()
}
