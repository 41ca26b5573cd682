package idx

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Response is one answer of Okta, read leniently: what is absent or of an
// unexpected type is the zero value.
type Response struct {
	Version string
	// StateHandle is the answer's own. Forms carry theirs, which may differ and
	// is the one to post; it must never reach a page or a log.
	StateHandle string
	// Intent is why the transaction exists, lower case ("login",
	// "credential_recovery").
	Intent string
	// ExpiresAt is zero when absent or not a date.
	ExpiresAt time.Time
	// Messages are about the answer as a whole, without repetitions; an error
	// that is not in IDX form (OAuth, Okta API, a proxy) is here too.
	Messages []Message
	// ErrorCode is the code of such an error ("access_denied", "E0000047").
	ErrorCode string
	// Remediations are the ways on, in Okta's order: the first is the page.
	Remediations []*Remediation
	// Actions stand with the current authenticator or challenge: resend, poll,
	// recover, send, cancel-polling. Names are unique.
	Actions []*Remediation
	// Cancel starts over; nil when Okta offers none.
	Cancel *Remediation
	// Success and Failure are where Okta sends the browser at the end when it is
	// not a client of the interaction code grant; nil when absent.
	Success, Failure *Remediation
	// User is the identifier of who is signing in.
	User string
	App  App
	// Authenticator is the one in use; nil when there is none.
	Authenticator *Authenticator
	// InteractionCode ends the conversation: a secret, good for one token call.
	InteractionCode string
	// Title and ButtonLabel are the administrator's words for the page.
	Title, ButtonLabel string

	root    object
	decoder *decoder
}

// App is the application that the user is on the way to.
type App struct {
	ID, Name, Label string
	// Logo, TermsOfService and PrivacyPolicy are http(s) addresses or empty.
	Logo, TermsOfService, PrivacyPolicy string
}

// signs are the members of which an answer has at least one.
var signs = []string{
	"version", "stateHandle", "intent", "expiresAt", "messages", "remediation",
	"cancel", "success", "failure", "successWithInteractionCode", "user", "app",
	"authenticators", "authenticatorEnrollments", "currentAuthenticator",
	"currentAuthenticatorEnrollment", "enrollmentAuthenticator",
	"recoveryAuthenticator", "authenticatorChallenge", "deviceEnrollment",
	"error", "errorCode", "errorSummary", "message",
}

// decoder reads one answer.
type decoder struct {
	root           object
	handle         string   // the answer's own state handle
	handles        []string // all of its state handles, to be kept from pages
	base           *url.URL // the org's site; nil when unknown
	current        *Authenticator
	authenticators map[place]*Authenticator
}

// Decode reads an answer, of whatever HTTP status: a refusal that carries a form
// is a form. An error means that body is not a JSON object with any sign of being
// an answer (or one nested beyond reason); it never quotes the body.
//
// It does not look at addresses: before anything is sent to an Href, the caller
// must check that it is on the org's origin.
func Decode(body []byte) (*Response, error) {
	root, err := parse(body)
	if err != nil {
		return nil, fmt.Errorf("reading IDX answer: %w", err)
	}
	if !hasSign(root) {
		return nil, errors.New("reading IDX answer: a JSON object without any of an IDX answer's members")
	}
	d := &decoder{
		root:           root,
		handle:         asString(root["stateHandle"]),
		handles:        handles(root),
		base:           origin(root),
		authenticators: map[place]*Authenticator{},
	}
	for _, holder := range currentHolders {
		if d.current = d.authenticator(place{holder, -1}); d.current != nil {
			break
		}
	}
	return d.response(), nil
}

func hasSign(root object) bool {
	for _, s := range signs {
		if v, ok := root[s]; ok && v != nil {
			return true
		}
	}
	return false
}

func (d *decoder) response() *Response {
	user := asObject(inner(d.root["user"]))
	display := asObject(inner(d.root["uiDisplay"]))
	r := &Response{
		Version:       asText(d.root["version"]),
		StateHandle:   d.handle,
		Intent:        strings.ToLower(asString(d.root["intent"])),
		ExpiresAt:     asTime(d.root["expiresAt"]),
		Messages:      d.messages(d.root["messages"], ""),
		Cancel:        d.action(d.root["cancel"], "cancel"),
		Success:       d.action(d.root["success"], "success-redirect"),
		Failure:       d.action(d.root["failure"], "failure-redirect"),
		User:          asString(user["identifier"]),
		App:           newApp(inner(d.root["app"])),
		Authenticator: d.current,
		Title:         asString(display["label"]),
		ButtonLabel:   asString(display["buttonLabel"]),
		root:          d.root,
		decoder:       d,
	}
	for _, item := range list(d.root["remediation"]) {
		if rem := d.remediation(asObject(item)); rem != nil {
			r.Remediations = append(r.Remediations, rem)
		}
	}
	r.Actions = d.actions(r.Cancel)
	for _, item := range list(d.root["successWithInteractionCode"]) {
		if f := asObject(item); asString(f["name"]) == "interaction_code" {
			r.InteractionCode = asString(f["value"])
		}
	}
	d.foreignError(r)
	return r
}

func newApp(v any) App {
	if s, ok := v.(string); ok {
		return App{Name: s}
	}
	o := asObject(v)
	link := func(name string) string {
		return webAddress(asString(asObject(inner(o[name]))["href"]))
	}
	return App{
		ID: asString(o["id"]), Name: asString(o["name"]), Label: asString(o["label"]),
		Logo: link("logo"), TermsOfService: link("termsOfService"), PrivacyPolicy: link("privacyPolicy"),
	}
}

// foreignError reads the error shapes that are not IDX's own: OAuth's
// (RFC 6749, 5.2), the Okta API's, and a bare message as proxies send.
func (d *decoder) foreignError(r *Response) {
	r.ErrorCode = first(d.root, "error", "errorCode")
	text := first(d.root, "error_description", "errorSummary", "message", "error", "errorCode")
	if text == "" || len(r.Messages) > 0 {
		return
	}
	r.Messages = []Message{{Class: "ERROR", Text: text}}
	for _, cause := range list(d.root["errorCauses"]) {
		if text := first(asObject(cause), "errorSummary", "message"); text != "" {
			r.Messages = append(r.Messages, Message{Class: "ERROR", Text: text})
		}
	}
	r.Messages = distinct(r.Messages)
}

// Find returns what bears the name: a remediation first, then an action, then
// the cancel of the whole transaction; nil when nothing does. Several identity
// providers share one name: see FindIDP.
func (r *Response) Find(name string) *Remediation {
	for _, list := range [][]*Remediation{r.Remediations, r.Actions} {
		for _, rem := range list {
			if rem.Name == name {
				return rem
			}
		}
	}
	if r.Cancel != nil && r.Cancel.Name == name {
		return r.Cancel
	}
	return nil
}

// FindAll returns every remediation of the name, in Okta's order, or what Find
// returns. Forms that share a name are told apart by which of them takes the
// posted values.
func (r *Response) FindAll(name string) []*Remediation {
	var all []*Remediation
	for _, rem := range r.Remediations {
		if rem.Name == name {
			all = append(all, rem)
		}
	}
	if rem := r.Find(name); len(all) == 0 && rem != nil {
		all = append(all, rem)
	}
	return all
}

// FindIDP returns the remediation that leads to the identity provider with that
// id, or nil.
func (r *Response) FindIDP(id string) *Remediation {
	for _, rem := range r.Remediations {
		if id != "" && rem.IDP.ID == id {
			return rem
		}
	}
	return nil
}

// AllMessages are the top-level messages, and those of the remediations and their
// fields, each with its Path, without repetitions.
func (r *Response) AllMessages() []Message {
	ms := append([]Message(nil), r.Messages...)
	for _, rem := range r.Remediations {
		ms = append(ms, rem.Messages...)
		ms = append(ms, fieldMessages(rem.Fields)...)
	}
	return distinct(ms)
}

// HasMessage says whether a message with this key is anywhere in the answer.
func (r *Response) HasMessage(i18nKey string) bool {
	for _, m := range r.AllMessages() {
		if m.Key == i18nKey {
			return true
		}
	}
	return false
}

// Expired says that the transaction is over because it took too long: the handle
// is of no use any more and a new transaction must begin. Answers from before the
// protocol was versioned say it with the same key but without a state handle.
func (r *Response) Expired() bool { return r.HasMessage("idx.session.expired") }

// Terminal says that the conversation ends here: nothing to do next and no
// interaction code. Success or Failure may still say where to go.
func (r *Response) Terminal() bool {
	return len(r.Remediations) == 0 && r.InteractionCode == ""
}

// Value returns the value of a top-level member that has no field of its own
// and no method, as JSON without state handles and forms; nil when absent.
func (r *Response) Value(member string) json.RawMessage {
	return raw(r.decoder.redact(inner(r.root[member])))
}
