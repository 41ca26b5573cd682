package oktasim

import (
	"net/http"
	"time"
)

// The types of an IDX answer, as Okta's ION dialect writes them.

const (
	typeION  = "application/ion+json; okta-version=1.0.0"
	typeJSON = "application/json; okta-version=1.0.0" // what forms say they accept
	typeForm = "application/x-www-form-urlencoded"
)

type answer struct {
	Version                        string                   `json:"version"`
	StateHandle                    string                   `json:"stateHandle,omitempty"`
	ExpiresAt                      string                   `json:"expiresAt,omitempty"`
	Intent                         string                   `json:"intent,omitempty"`
	Remediation                    *list[form]              `json:"remediation,omitempty"`
	Messages                       *list[message]           `json:"messages,omitempty"`
	CurrentAuthenticator           *single[authenticatorIs] `json:"currentAuthenticator,omitempty"`
	CurrentAuthenticatorEnrollment *single[authenticatorIs] `json:"currentAuthenticatorEnrollment,omitempty"`
	Authenticators                 *list[authenticatorIs]   `json:"authenticators,omitempty"`
	AuthenticatorEnrollments       *list[authenticatorIs]   `json:"authenticatorEnrollments,omitempty"`
	User                           *single[userIs]          `json:"user,omitempty"`
	App                            *single[appIs]           `json:"app,omitempty"`
	Cancel                         *form                    `json:"cancel,omitempty"`
	Success                        *form                    `json:"successWithInteractionCode,omitempty"`
}

type list[T any] struct {
	Type  string `json:"type"`
	Value []T    `json:"value"`
}

func listOf[T any](values ...T) *list[T] { return &list[T]{Type: "array", Value: values} }

type single[T any] struct {
	Type  string `json:"type"`
	Value T      `json:"value"`
}

func objectOf[T any](value T) *single[T] { return &single[T]{Type: "object", Value: value} }

// A form is something the client may do next: a remediation, or an action of
// an authenticator.
type form struct {
	Rel       []string `json:"rel"`
	Name      string   `json:"name"`
	RelatesTo []string `json:"relatesTo,omitempty"`
	Href      string   `json:"href"`
	Method    string   `json:"method"`
	Produces  string   `json:"produces,omitempty"`
	Refresh   int      `json:"refresh,omitempty"` // milliseconds between polls
	Value     []field  `json:"value"`
	Accepts   string   `json:"accepts"`
}

type field struct {
	Name     string         `json:"name"`
	Type     string         `json:"type,omitempty"`
	Label    string         `json:"label,omitempty"`
	Required *bool          `json:"required,omitempty"`
	Secret   bool           `json:"secret,omitempty"`
	Value    string         `json:"value,omitempty"`
	Visible  *bool          `json:"visible,omitempty"`
	Mutable  *bool          `json:"mutable,omitempty"`
	Form     *fields        `json:"form,omitempty"`
	Options  []option       `json:"options,omitempty"`
	Messages *list[message] `json:"messages,omitempty"`
}

type fields struct {
	Value []field `json:"value"`
}

type option struct {
	Label string `json:"label"`
	Value struct {
		Form fields `json:"form"`
	} `json:"value"`
	RelatesTo string `json:"relatesTo"`
}

type authenticatorIs struct {
	Profile     map[string]string `json:"profile,omitempty"`
	Resend      *form             `json:"resend,omitempty"`
	Poll        *form             `json:"poll,omitempty"`
	Type        string            `json:"type"`
	Key         string            `json:"key"`
	ID          string            `json:"id"`
	DisplayName string            `json:"displayName"`
	Methods     []methodIs        `json:"methods"`
}

type methodIs struct {
	Type string `json:"type"`
}

type userIs struct {
	ID         string `json:"id"`
	Identifier string `json:"identifier"`
}

type appIs struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	ID    string `json:"id"`
}

func ionReply(status int, a answer) reply {
	a.Version = "1.0.0"
	out := reply{status: status, kind: typeION, content: encode(a), header: http.Header{}}
	// Cookies that mean nothing here and are new each time: a client that
	// keeps them for everybody shows it by sending one user's to another.
	out.header.Add("Set-Cookie", (&http.Cookie{Name: "JSESSIONID", Value: randomText(32), Path: "/", HttpOnly: true}).String())
	out.header.Add("Set-Cookie", (&http.Cookie{Name: "DT", Value: "DI0" + randomText(22), Path: "/", HttpOnly: true}).String())
	return out
}

// sessionExpired is the terminal answer to a handle that is unknown or over.
func sessionExpired() reply {
	return ionReply(http.StatusUnauthorized, answer{Messages: listOf(say(msgSessionExpired))})
}

// show answers with the step that the transaction is at, and with what was
// wrong about the last one, if anything was.
func (s *Server) show(c *call, tx *transaction, wrong *rejection) reply {
	v := view{base: c.base, handle: tx.stateHandle}
	a := answer{
		StateHandle: tx.stateHandle,
		ExpiresAt:   tx.expires.UTC().Format("2006-01-02T15:04:05.000Z"),
		Intent:      "LOGIN",
		App:         objectOf(appIs{Name: "oidc_client", Label: tx.client.Label, ID: tx.client.ID}),
		Cancel:      new(v.form("cancel", "cancel")),
	}
	if tx.identifier != "" {
		a.User = objectOf(userIs{ID: tx.userID(), Identifier: tx.identifier})
	}
	switch {
	case tx.code != "":
		a.Success = new(v.issue(tx))
	case tx.identifier == "":
		s.showIdentify(v, tx, &a)
	case tx.current != nil:
		showChallenge(v, tx, &a)
	default:
		showSelect(v, tx, &a)
	}
	status := http.StatusOK
	if wrong != nil {
		status = wrong.status
		if wrong.field == "" || !blame(a.Remediation.Value[0].Value, wrong.field, wrong.message) {
			a.Messages = listOf(wrong.message)
		}
	}
	return ionReply(status, a)
}

// blame puts a message on the field of that name, at any depth.
func blame(among []field, name string, m message) bool {
	for i := range among {
		f := &among[i]
		if f.Name == name {
			f.Messages = listOf(m)
			return true
		}
		if f.Form != nil && blame(f.Form.Value, name, m) {
			return true
		}
	}
	return false
}

// A view holds what every form of an answer needs.
type view struct{ base, handle string }

func (v view) form(name, path string, values ...field) form {
	return form{
		Rel:      []string{"create-form"},
		Name:     name,
		Href:     v.base + "/idp/idx/" + path,
		Method:   http.MethodPost,
		Produces: typeION,
		Value: append(values, field{
			Name: "stateHandle", Required: new(true), Value: v.handle, Visible: new(false), Mutable: new(false),
		}),
		Accepts: typeJSON,
	}
}

// issue is the form that ends a sign-in: it holds the interaction code.
func (v view) issue(tx *transaction) form {
	return form{
		Rel:    []string{"create-form"},
		Name:   "issue",
		Href:   v.base + tx.server.oauthPath() + "/v1/token",
		Method: http.MethodPost,
		Value: append([]field{
			{Name: "grant_type", Required: new(true), Value: "interaction_code"},
			{Name: "interaction_code", Required: new(true), Value: tx.code},
			{Name: "client_id", Required: new(true), Value: tx.client.ID},
			{Name: "code_verifier", Required: new(true)},
		}, clientSecretField(tx.client)...),
		Accepts: typeForm,
	}
}

func clientSecretField(client *Client) []field {
	if client.Secret == "" {
		return nil
	}
	return []field{{Name: "client_secret", Required: new(true)}}
}

// credentials is the nested form that proves something.
func credentials(of ...field) field {
	return field{Name: "credentials", Type: "object", Required: new(true), Form: &fields{Value: of}}
}

// rejection says why an answer was not accepted: on the field of that name, or
// on top when field is empty.
type rejection struct {
	status  int
	field   string
	message message
}

func (s *Server) deadline(after time.Duration) time.Time { return s.Now().Add(after) }
