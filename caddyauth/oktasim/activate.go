package oktasim

import (
	"net/http"
	"net/url"
	"time"
)

// tokenLink is a one-time token in a mail that an app's address gets.
type tokenLink struct {
	goal    goal // register or recovery
	user    *User
	expires time.Time
}

// Lifetimes of links in mails, as Okta has them.
const (
	activationLifetime = 7 * 24 * time.Hour
	recoveryLifetime   = time.Hour
)

const msgActivationExpired = "idx.expired.activation.token"

// sendActivation mails a link with which a new user sets up the account.
func (s *Server) sendActivation(c *call, u *User, client *Client) {
	s.sendLink(c, u, "Activate your account", register, activationLifetime, client.ActivationURI, "activation_token")
}

// sendRecovery mails a link with which a user chooses another password.
func (s *Server) sendRecovery(c *call, u *User, client *Client) {
	s.sendLink(c, u, "Reset your password", recovery, recoveryLifetime, client.RecoveryURI, "recovery_token")
}

func (s *Server) sendLink(c *call, u *User, subject string, g goal, lifetime time.Duration, uri, parameter string) {
	token := randomText(20)
	s.links[token] = &tokenLink{goal: g, user: u, expires: s.deadline(lifetime)}
	if uri == "" {
		uri = c.base + "/mail/" + url.PathEscape(u.Login)
	}
	s.deliver(u.Login, Mail{Subject: subject, Code: token, Link: withQuery(uri, url.Values{parameter: {token}})})
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
		delete(s.links, activation)
	case found == nil || found.goal != recovery || s.Now().After(found.expires):
		return oauthError(http.StatusBadRequest, "invalid_request", "The recovery token is invalid")
	default:
		tx.goal, tx.user, tx.identifier = recovery, found.user, found.user.Login
		tx.proven = []proof{{s.authenticator("email"), "email", authenticate}}
		delete(s.links, reset)
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
			t.sendActivation(t.call, user, t.tx.client)
			t.end(http.StatusOK, inform(msgCheckMail))
			return nil
		}))
		a.say(say(msgActivationExpired))
	},
}
