package oktasim

import "net/http"

// issueStep is the end of every sign-in: the form that holds the interaction
// code.
var issueStep = &step{
	due:   func(*turn) bool { return true },
	enter: makeCode,
	show: func(t *turn, a *answer) {
		if t.tx.hosted {
			t.showRedirect(a, "success")
			return
		}
		a.Success = new(t.issue())
	},
}

// makeCode ends a sign-in that met the policy. One that cannot meet it, because
// the user lacks what it asks for and may not set that up, is denied.
func makeCode(t *turn) bool {
	if len(t.unmet()) > 0 {
		t.end(http.StatusForbidden, say(msgAccessDenied))
		return true
	}
	if t.tx.code == "" {
		t.remember()
	}
	if tx := t.tx; tx.code == "" {
		tx.signedIn = t.Now()
		tx.code = randomText(43)
		tx.codeExpires = t.deadline(interactionCodeLifetime)
		t.codes[tx.code] = tx
	}
	return false
}

func (t *turn) issue() form {
	tx := t.tx
	out := form{
		Rel:    []string{"create-form"},
		Name:   "issue",
		Href:   t.call.base + tx.server.oauthPath() + "/v1/token",
		Method: http.MethodPost,
		Value: []field{
			{Name: "grant_type", Required: new(true), Value: "interaction_code"},
			{Name: "interaction_code", Required: new(true), Value: tx.code},
			{Name: "client_id", Required: new(true), Value: tx.client.ID},
			{Name: "code_verifier", Required: new(true)},
		},
		Accepts: typeForm,
	}
	if tx.client.confidential() {
		out.Value = append(out.Value, field{Name: "client_secret", Required: new(true)})
	}
	return out
}
