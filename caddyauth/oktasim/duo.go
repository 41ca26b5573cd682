package oktasim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// Duo has a frame of its own on the page: the org signs what it asks, Duo
// signs its answer, and the page carries one to the other. Duo's part is
// played by /frame/web/v1/auth, and its script by /duo/web.js.
var duoAuthenticator = &authenticator{
	name:       "duo",
	key:        "duo",
	kind:       "app",
	label:      "Duo Security",
	amr:        "duo",
	enrollment: "dsf",
	methods:    []method{{name: "duo"}},
	start: func(t *turn) *rejection {
		t.tx.attempt.memory = &duoRequest{key: randomText(32), app: randomText(32)}
		return nil
	},
	ask: func(*turn) []field {
		return []field{{Name: "signatureData", Label: "Assertion From Duo", Required: new(true), Visible: new(false)}}
	},
	describe: func(t *turn, current *authenticatorIs) {
		asked := t.tx.attempt.memory.(*duoRequest)
		if t.tx.attempt.purpose == enroll {
			current.Methods = []methodIs{{Type: "idp"}} // so Okta calls it here
		}
		current.ContextualData = object{
			"host": t.hostName(), "signedToken": asked.token(t.tx.user.Login), "script": t.call.base + "/duo/web.js", "integrationType": "IFRAME",
		}
	},
	check:  checkDuo,
	enroll: checkDuo,
	routes: func(s *Server, mux *http.ServeMux) {
		for _, script := range []string{"web.js", "frame.js"} {
			mux.HandleFunc("GET /duo/"+script, func(w http.ResponseWriter, r *http.Request) {
				http.ServeFileFS(w, r, pageFiles, "pages/duo-"+script)
			})
		}
		mux.Handle("GET "+duoPath, s.endpoint("", s.duoFrame))
		mux.Handle("POST "+duoPath, s.endpoint("", s.duoAnswer))
	},
}

const duoPath = "/frame/web/v1/auth"

// A duoRequest is what the org asked Duo. Its key is shared with Duo; app is
// the org's own, and comes back as it was.
type duoRequest struct{ key, app string }

func (d *duoRequest) signature(of string) string {
	sum := hmac.New(sha256.New, []byte(d.key))
	sum.Write([]byte(of))
	return hex.EncodeToString(sum.Sum(nil)[:20])
}

// token is in Duo's shape: two signed parts.
func (d *duoRequest) token(login string) string {
	return "TX|" + login + "|" + d.signature("TX"+login) + ":APP|" + d.app
}

func (d *duoRequest) response(login string) string {
	return "AUTH|" + login + "|" + d.signature("AUTH"+login) + ":APP|" + d.app
}

func checkDuo(t *turn) *rejection {
	given, wrong := t.credential("signatureData")
	if wrong != nil {
		return wrong
	}
	right := t.tx.attempt.memory.(*duoRequest).response(t.tx.user.Login)
	if !hmac.Equal([]byte(given), []byte(right)) {
		return reject(http.StatusUnauthorized, say(msgDuoFailed))
	}
	return nil
}

// duoAsked finds who is asked by the first part of a token.
func (s *Server) duoAsked(token string) (login, response string, found bool) {
	for _, tx := range s.transactions {
		if tx.attempt == nil {
			continue
		}
		asked, ok := tx.attempt.memory.(*duoRequest)
		if !ok {
			continue
		}
		first, _, _ := strings.Cut(asked.token(tx.user.Login), ":")
		if hmac.Equal([]byte(first), []byte(token)) {
			return tx.user.Login, asked.response(tx.user.Login), true
		}
	}
	return "", "", false
}

// duoFrame asks inside the frame, which any page may hold.
func (s *Server) duoFrame(c *call) reply {
	token := c.form.Get("tx")
	login, _, found := s.duoAsked(token)
	if !found {
		return duoPage(http.StatusNotFound, nil)
	}
	return duoPage(http.StatusOK, map[string]string{"User": login, "Token": token})
}

func (s *Server) duoAnswer(c *call) reply {
	login, response, found := s.duoAsked(c.form.Get("tx"))
	if !found {
		return duoPage(http.StatusNotFound, nil)
	}
	return duoPage(http.StatusOK, map[string]string{"User": login, "Response": response})
}

func duoPage(status int, data any) reply {
	out := page(status, "Duo", "duo.html", data)
	out.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'")
	return out
}
