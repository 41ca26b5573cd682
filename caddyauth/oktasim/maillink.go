package oktasim

import (
	"net/http"
	"net/url"
	"strings"
)

// How a link in a mail works.
const (
	linkOn  = "on"  // whoever follows it confirms; the tab that waits goes on
	linkOTP = "otp" // it shows the code, which has to be typed in the tab that waits
	linkOff = "off" // there is none

	// linkTransfer lets the sign-in go on where the link was opened; the tab
	// that waits is told so.
	linkTransfer = "transfer"
)

const (
	msgLinkStale        = "idx.return.stale"
	msgLinkExpired      = "idx.return.link.expired"
	msgLinkUnknown      = "idx.return.error"
	msgEnterCode        = "idx.enter.otp.in.original.tab"
	msgTransferred      = "idx.transferred.to.new.tab"
	msgCancelledOnOther = "idx.operation.cancelled.on.other.device"
)

// mailLink is where the link in a mail leads: to the application with the code
// and its own state, if it has a page for that, or to one of the org's.
func (t *turn) mailLink(sent *mailed) string {
	if t.tx.policy.MagicLink == linkOff {
		return ""
	}
	if uri := t.tx.client.EmailCallbackURI; uri != "" {
		return withQuery(uri, url.Values{"otp": {sent.code}, "state": {t.tx.request.state}})
	}
	return t.call.base + "/email/verify/" + sent.link
}

// withMailLink returns the transaction that waits for this link, or why there
// is none.
func (s *Server) withMailLink(link string) (*transaction, string) {
	tx := s.live(s.mailLinks[link])
	if tx == nil || s.transactions[tx.handle] != tx {
		return nil, msgLinkUnknown
	}
	if tx.attempt != nil {
		if sent, ok := tx.attempt.memory.(*mailed); ok && sent.link == link {
			if s.Now().After(sent.expires) {
				return nil, msgLinkExpired
			}
			return tx, ""
		}
	}
	return nil, msgLinkStale
}

// openLink opens the link in a mail as a hosted page would: a conversation of
// its own, whose state token is the link.
func (s *Server) openLink(link string) *transaction {
	origin := s.live(s.mailLinks[link])
	if origin == nil {
		return nil
	}
	side := *origin
	side.stateHandle, side.origin = link, origin
	side.attempt, side.terminal, side.proven, side.code = nil, nil, nil, ""
	s.states[link] = &side
	return &side
}

// linkStep is what the link in a mail shows. What it does, it does to the
// transaction that waits.
var linkStep = &step{
	due:   func(t *turn) bool { return t.tx.origin != nil },
	enter: enterLink,
	show: func(t *turn, a *answer) {
		a.Intent, a.Cancel = "CONSENT", nil
		ask := t.form("email-challenge-consent", "consent", agreeByLink, yesOrNo("Allow", "Deny"))
		ask.Extra = object{"requestInfo": []object{
			{"name": "appName", "type": "string", "label": "Application", "value": t.tx.client.Label},
			{"name": "browser", "type": "string", "label": "Browser", "value": browserOf(t.call.request)},
		}}
		a.offer(ask)
	},
}

func enterLink(t *turn) bool {
	origin, problem := t.withMailLink(t.tx.stateHandle)
	switch {
	case problem == msgLinkStale:
		m := inform(msgLinkStale)
		m.Class = "" // as Okta sends it
		t.end(http.StatusOK, m)
	case problem != "":
		t.end(http.StatusOK, say(problem))
	case t.tx.policy.MagicLink == linkOTP:
		t.end(http.StatusOK, inform(msgEnterCode))
		email := t.authenticator("email").is()
		email.ContextualData = object{"otp": origin.attempt.memory.(*mailed).code}
		t.tx.terminal.extra = object{
			"intent":               "AUTHENTICATION",
			"currentAuthenticator": objectOf(email),
			"client":               objectOf(object{"browser": browserOf(t.call.request), "os": systemOf(t.call.request), "location": object{}}),
		}
	case t.tx.policy.MagicLinkConsent:
		return false
	case t.tx.policy.MagicLink == linkTransfer:
		t.takeOver(origin)
	default:
		t.confirmLink()
	}
	return true
}

func agreeByLink(t *turn) *rejection {
	origin, _ := t.withMailLink(t.tx.stateHandle)
	switch consent := t.given.Consent; {
	case consent == nil:
		return rejectField(http.StatusBadRequest, "consent", say(msgFieldBlank))
	case origin == nil: // meanwhile
	case *consent:
		t.confirmLink()
	default:
		(&turn{Server: t.Server, call: t.call, tx: origin}).end(http.StatusBadRequest, say(msgCancelledByUser))
		t.end(http.StatusOK, say(msgCancelledOnOther))
	}
	return nil
}

// takeOver goes on with a sign-in in place of the tab that waits.
func (t *turn) takeOver(origin *transaction) {
	handle := t.tx.stateHandle
	t.Server.confirmLink(t.call, origin)
	*t.tx = *origin
	t.tx.stateHandle = handle
	if t.tx.code != "" {
		t.codes[t.tx.code] = t.tx
	}
	origin.code = ""
	(&turn{Server: t.Server, call: t.call, tx: origin}).end(http.StatusOK, inform(msgTransferred))
}

// confirmLink lets the tab that waits go on.
func (t *turn) confirmLink() {
	t.Server.confirmLink(t.call, t.tx.origin)
	t.end(http.StatusOK, inform(msgReturnToTab))
}

// confirmLink counts as the right code.
func (s *Server) confirmLink(c *call, tx *transaction) {
	t := &turn{Server: s, call: c, tx: tx}
	if tx.attempt.purpose == enroll {
		tx.user.verified = true
	}
	t.pass()
	t.settle()
}

// browserOf names the browser in Okta's words, from the header at hand.
func browserOf(r *http.Request) string {
	agent := r.UserAgent()
	for _, known := range []struct{ sign, name string }{{"Firefox/", "FIREFOX"}, {"Edg/", "EDGE"}, {"Chrome/", "CHROME"}, {"Safari/", "SAFARI"}} {
		if strings.Contains(agent, known.sign) {
			return known.name
		}
	}
	return "UNKNOWN"
}

func systemOf(r *http.Request) string {
	agent := r.UserAgent()
	for _, known := range []struct{ sign, name string }{{"Windows", "Windows 10"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"Mac OS X", "Mac OS X"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, known.sign) {
			return known.name
		}
	}
	return "Unknown"
}
