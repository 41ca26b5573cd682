package oktasim

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// A tokenLink is a token in a mail, for an application's own page. It is good
// until it was of use.
type tokenLink struct {
	goal    goal // register or recovery
	user    *User
	was     string // the password when it was sent
	expires time.Time
}

// Lifetimes of links in mails, as Okta has them.
const (
	activationLifetime = 7 * 24 * time.Hour
	recoveryLifetime   = time.Hour
)

const msgActivationExpired = "idx.expired.activation.token"

// sendActivation mails a link with which a new user sets up the account.
func (s *Server) sendActivation(base string, u *User, client *Client) {
	s.sendLink(base, u, "Activate your account", register, activationLifetime, client.ActivationURI, "activation_token")
}

// sendRecovery mails a link with which a user chooses another password.
func (s *Server) sendRecovery(base string, u *User, client *Client) {
	s.sendLink(base, u, "Reset your password", recovery, recoveryLifetime, client.RecoveryURI, "recovery_token")
}

func (s *Server) sendLink(base string, u *User, subject string, g goal, lifetime time.Duration, uri, parameter string) {
	token := randomText(20)
	s.links[token] = &tokenLink{goal: g, user: u, was: u.Password, expires: s.deadline(lifetime)}
	if uri == "" {
		uri = base + "/mail/" + url.PathEscape(u.Login)
	}
	s.deliver(u.Login, Mail{Subject: subject, Code: token, Link: withQuery(uri, url.Values{parameter: {token}})})
}

const sendShape = `{"login":"ada@example.com","kind":"activation"|"recovery","client_id":"..."}`

// postSend mails a link as an administrator lets the org do. An activation is
// for a user who has none yet. Without a client the link is for the first.
func (s *Server) postSend(r *http.Request) (any, error) {
	var given struct {
		Login    string `json:"login"`
		Kind     string `json:"kind"`
		ClientID string `json:"client_id"`
	}
	if err := readStrict(r.Body, &given, sendShape); err != nil {
		return nil, err
	}
	user, client := s.user(given.Login), &s.Clients[0]
	if given.ClientID != "" {
		client = s.client(given.ClientID)
	}
	switch {
	case user == nil:
		return nil, fmt.Errorf("there is no user %q", given.Login)
	case client == nil:
		return nil, fmt.Errorf("there is no client %q", given.ClientID)
	case given.Kind == "activation" && user.Status != Staged:
		return nil, fmt.Errorf("user %q is active already; one with status %q is not", given.Login, Staged)
	case given.Kind == "activation":
		s.sendActivation(s.address, user, client)
	case given.Kind == "recovery":
		s.sendRecovery(s.address, user, client)
	default:
		return nil, fmt.Errorf("kind is %q; expected %s", given.Kind, sendShape)
	}
	return s.mailbox(given.Login)[0], nil
}

// withQuery adds parameters to an address.
func withQuery(address string, parameters url.Values) string {
	target, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := target.Query()
	for name, values := range parameters {
		query[name] = values
	}
	target.RawQuery = query.Encode()
	return target.String()
}

// follow starts a transaction where a link in a mail left off. It returns the
// error of /interact for one that is not good.
func (s *Server) follow(c *call, tx *transaction) *reply {
	activation, reset := c.form.Get("activation_token"), c.form.Get("recovery_token")
	switch found := s.links[activation+reset]; {
	case activation == "" && reset == "":
	case activation != "" && (found == nil || found.goal != register || found.user.Status != Staged):
		return oauthError(http.StatusBadRequest, "invalid_request", "The activation token is invalid")
	case activation != "" && s.Now().After(found.expires):
		tx.expired = found.user
	case activation != "":
		tx.goal, tx.user, tx.identifier = register, found.user, found.user.Login
		found.user.verified = true // the mail arrived
	case found == nil || found.goal != recovery || s.Now().After(found.expires) || found.user.Password != found.was:
		return oauthError(http.StatusBadRequest, "invalid_request", "The recovery token is invalid")
	default:
		tx.goal, tx.user, tx.identifier = recovery, found.user, found.user.Login
		tx.proven = []proof{{s.authenticator("email"), "email", authenticate}}
	}
	return nil
}

// requestActivationStep offers another mail to whom the first came too late.
var requestActivationStep = &step{
	due: func(t *turn) bool { return t.tx.expired != nil },
	show: func(t *turn, a *answer) {
		user := t.tx.expired
		a.User = objectOf(userIs{ID: user.id(), Identifier: user.Login})
		a.offer(t.form("request-activation-email", "request-activation", func(t *turn) *rejection {
			t.sendActivation(t.call.base, user, t.tx.client)
			t.end(http.StatusOK, inform(msgCheckMail))
			return nil
		}))
		a.say(say(msgActivationExpired))
	},
}
