package oktasim

import (
	"encoding/json"
	"maps"
	"net/http"
)

// The types of an IDX answer, as Okta's ION dialect writes them. What a type
// has no field for goes into its Extra, which also overrides a field of the
// same name and, with nil, takes it away: the org is free to be odd.

const (
	typeION  = "application/ion+json; okta-version=1.0.0"
	typeJSON = "application/json; okta-version=1.0.0" // what forms say they accept
	typeForm = "application/x-www-form-urlencoded"
)

// An object is JSON of any shape.
type object = map[string]any

type answer struct {
	Version                        string                   `json:"version"`
	StateHandle                    string                   `json:"stateHandle,omitempty"`
	ExpiresAt                      string                   `json:"expiresAt,omitempty"`
	Intent                         string                   `json:"intent,omitempty"`
	Remediation                    *list[form]              `json:"remediation,omitempty"`
	Messages                       *list[message]           `json:"messages,omitempty"`
	CurrentAuthenticator           *single[authenticatorIs] `json:"currentAuthenticator,omitempty"`
	CurrentAuthenticatorEnrollment *single[authenticatorIs] `json:"currentAuthenticatorEnrollment,omitempty"`
	EnrollmentAuthenticator        *single[authenticatorIs] `json:"enrollmentAuthenticator,omitempty"`
	RecoveryAuthenticator          *single[authenticatorIs] `json:"recoveryAuthenticator,omitempty"`
	Authenticators                 *list[authenticatorIs]   `json:"authenticators,omitempty"`
	AuthenticatorEnrollments       *list[authenticatorIs]   `json:"authenticatorEnrollments,omitempty"`
	User                           *single[userIs]          `json:"user,omitempty"`
	App                            *single[appIs]           `json:"app,omitempty"`
	Cancel                         *form                    `json:"cancel,omitempty"`
	Success                        *form                    `json:"successWithInteractionCode,omitempty"`
	Extra                          object                   `json:"-"`
}

type list[T any] struct {
	Type  string `json:"type"`
	Value []T    `json:"value"`
}

// listOf is never null, which Okta's clients do not expect of a list.
func listOf[T any](values ...T) *list[T] {
	return &list[T]{Type: "array", Value: append([]T{}, values...)}
}

type single[T any] struct {
	Type  string `json:"type"`
	Value T      `json:"value"`
}

func objectOf[T any](value T) *single[T] { return &single[T]{Type: "object", Value: value} }

// A form is something the client may do next: a remediation, or an action of
// an authenticator.
type form struct {
	Rel       []string `json:"rel,omitempty"`
	Name      string   `json:"name"`
	RelatesTo []string `json:"relatesTo,omitempty"`
	Href      string   `json:"href"`
	Method    string   `json:"method"`
	Produces  string   `json:"produces,omitempty"`
	Refresh   int      `json:"refresh,omitempty"` // milliseconds between polls
	Value     []field  `json:"value,omitempty"`
	Accepts   string   `json:"accepts,omitempty"`
	Extra     object   `json:"-"`
}

// A field is a value that a form takes: JSON of any kind, one of Options, or
// an object with fields of its own.
type field struct {
	Name      string         `json:"name"`
	Type      string         `json:"type,omitempty"`
	Label     string         `json:"label,omitempty"`
	Required  *bool          `json:"required,omitempty"`
	Secret    bool           `json:"secret,omitempty"`
	MinLength int            `json:"minLength,omitempty"`
	MaxLength int            `json:"maxLength,omitempty"`
	Value     any            `json:"value,omitempty"`
	Visible   *bool          `json:"visible,omitempty"`
	Mutable   *bool          `json:"mutable,omitempty"`
	Form      *fields        `json:"form,omitempty"`
	Options   []option       `json:"options,omitempty"`
	Messages  *list[message] `json:"messages,omitempty"`
	Extra     object         `json:"-"`
}

type fields struct {
	Value []field `json:"value"`
}

// A nested is the value of an option, or the default of a field, that is a
// form.
type nested struct {
	Form fields `json:"form"`
}

func nest(of ...field) nested { return nested{fields{of}} }

type option struct {
	Label     string `json:"label,omitempty"`
	Value     any    `json:"value,omitempty"` // text, a bool, or nested
	RelatesTo string `json:"relatesTo,omitempty"`
	Extra     object `json:"-"`
}

type authenticatorIs struct {
	Profile        object     `json:"profile,omitempty"`
	Resend         *form      `json:"resend,omitempty"`
	Poll           *form      `json:"poll,omitempty"`
	Recover        *form      `json:"recover,omitempty"`
	Type           string     `json:"type"`
	Key            string     `json:"key"`
	ID             string     `json:"id"`
	DisplayName    string     `json:"displayName"`
	Nickname       string     `json:"nickname,omitempty"`
	Methods        []methodIs `json:"methods,omitempty"`
	Settings       any        `json:"settings,omitempty"`
	ContextualData any        `json:"contextualData,omitempty"`
	Extra          object     `json:"-"`
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
	Extra object `json:"-"`
}

func (a answer) MarshalJSON() ([]byte, error) {
	type plain answer
	return withExtra(plain(a), a.Extra)
}

func (f form) MarshalJSON() ([]byte, error) {
	type plain form
	return withExtra(plain(f), f.Extra)
}

func (f field) MarshalJSON() ([]byte, error) {
	type plain field
	return withExtra(plain(f), f.Extra)
}

func (o option) MarshalJSON() ([]byte, error) {
	type plain option
	return withExtra(plain(o), o.Extra)
}

func (a authenticatorIs) MarshalJSON() ([]byte, error) {
	type plain authenticatorIs
	return withExtra(plain(a), a.Extra)
}

func (a appIs) MarshalJSON() ([]byte, error) {
	type plain appIs
	return withExtra(plain(a), a.Extra)
}

func withExtra(of any, extra object) ([]byte, error) {
	content, err := json.Marshal(of)
	if err != nil || len(extra) == 0 {
		return content, err
	}
	merged := object{}
	if err := json.Unmarshal(content, &merged); err != nil {
		return nil, err
	}
	maps.Copy(merged, extra)
	maps.DeleteFunc(merged, func(_ string, value any) bool { return value == nil })
	return json.Marshal(merged)
}

// optional is a value that is left out when it is empty.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// credentials is the nested form that proves something.
func credentials(of ...field) field {
	return field{Name: "credentials", Type: "object", Required: new(true), Form: &fields{Value: of}}
}

// each calls do with every message and every label of the answer.
func (a *answer) each(onMessage func(*message), onLabel func(*string)) {
	messages := func(of *list[message]) {
		if of != nil {
			for i := range of.Value {
				onMessage(&of.Value[i])
			}
		}
	}
	var walk func([]field)
	walk = func(among []field) {
		for i := range among {
			f := &among[i]
			onLabel(&f.Label)
			messages(f.Messages)
			if f.Form != nil {
				walk(f.Form.Value)
			}
			if inner, ok := f.Value.(nested); ok {
				walk(inner.Form.Value)
			}
			for j := range f.Options {
				onLabel(&f.Options[j].Label)
				if inner, ok := f.Options[j].Value.(nested); ok {
					walk(inner.Form.Value)
				}
			}
		}
	}
	messages(a.Messages)
	if a.Remediation != nil {
		for _, f := range a.Remediation.Value {
			walk(f.Value)
		}
	}
}

// blame puts a message on the field of that name, at any depth: on the first
// one, and inside a choice of forms on that of each.
func blame(among []field, name string, m message) bool {
	for i := range among {
		f := &among[i]
		if f.Name == name {
			if f.Messages == nil {
				f.Messages = listOf[message]()
			}
			f.Messages.Value = append(f.Messages.Value, m)
			return true
		}
		if f.Form != nil && blame(f.Form.Value, name, m) {
			return true
		}
		blamed := false
		for _, o := range f.Options {
			if inner, ok := o.Value.(nested); ok && blame(inner.Form.Value, name, m) {
				blamed = true
			}
		}
		if blamed {
			return true
		}
	}
	return false
}

// localise writes all words of an answer in the language that the request asks
// for.
func (c *call) localise(a *answer) {
	language := c.language()
	a.each(func(m *message) { m.Text = text(language, m.I18n.Key, m.I18n.Params...) }, func(label *string) { *label = translate(language, *label) })
}

// ion answers in the language that the request asks for.
func (c *call) ion(status int, a answer) reply {
	a.Version = "1.0.0"
	c.localise(&a)
	out := reply{status: status, kind: typeION, content: encode(a), header: http.Header{}}
	// Cookies that mean nothing here and are new each time: a client that
	// keeps them for everybody shows it by sending one user's to another.
	out.header.Add("Set-Cookie", (&http.Cookie{Name: "JSESSIONID", Value: randomText(32), Path: "/", HttpOnly: true}).String())
	out.header.Add("Set-Cookie", (&http.Cookie{Name: "DT", Value: "DI0" + randomText(22), Path: "/", HttpOnly: true}).String())
	return out
}
