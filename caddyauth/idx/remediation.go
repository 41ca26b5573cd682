package idx

import (
	"encoding/json"
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Remediation is something that may be done next: a form to post, or a link to
// follow (see IsLink).
type Remediation struct {
	Name string
	// Href is as Okta sent it; check its origin before sending anything to it.
	Href string
	// Method is upper case; "POST" for a form and "GET" for a link when absent.
	Method string
	// Accepts and Produces are as they came: absent, odd, even a regular
	// expression. ContentType is the validated form.
	Accepts, Produces string
	// Refresh is how long to wait before polling; 0 when this is no poll. It
	// changes from answer to answer.
	Refresh time.Duration
	// Fields are the form's own tree; Forms is the view to render.
	Fields []*Field
	// Authenticator is the one the remediation is about; nil when Okta relates
	// it to none, or to one that is not in the answer.
	Authenticator *Authenticator
	// Type tells links apart ("OIDC", "SAML2", "X509", "ID_PROOFING").
	Type string
	IDP  IDP
	// Scopes are what the user is asked to consent to, Facts what is said about
	// the request that waits for consent.
	Scopes, Facts []Detail
	// PasswordSite is where an expired password is changed when Okta cannot.
	PasswordSite Link
	// Messages are about the remediation as a whole; those of its fields are with
	// them.
	Messages []Message
	// IDVMetadata is the raw object about an identity verification vendor.
	IDVMetadata json.RawMessage

	autofill bool   // it answers the challenge of that name
	form     bool   // rel says so
	handle   string // for a stateHandle field that lacks its value
	// current is the authenticator in use, for what a form leaves unsaid.
	current *Authenticator
}

// IDP is an identity provider.
type IDP struct{ ID, Name string }

// Detail is a fact to show.
type Detail struct{ Name, Label, Value, Description string }

// Field is one field of a remediation's form, as Okta describes it.
type Field struct {
	Name, Label, Format, Hint, Description string
	// Type is lower case; where Okta names none, it is the default's if that is a
	// boolean or a number.
	Type string
	// Value is the default or fixed value as a plain JSON value, numbers as
	// json.Number; nil when absent.
	Value                              any
	Required, Mutable, Visible, Secret bool
	// MinLength and MaxLength are in UTF-16 units; 0 when unlimited.
	MinLength, MaxLength int
	// Fields are those of a form nested in this field.
	Fields []*Field
	// Options are the values to choose from: plain ones, or forms of their own.
	Options  []*Option
	Messages []Message
	// Authenticator is the one the field is about, or nil.
	Authenticator *Authenticator

	display string // how options are meant to be shown: "radio", "select" or ""
	unsaid  bool   // Okta does not say whether it is required
	hollow  bool   // there is nothing to fill in where a form or options should be
}

// Option is one of a field's choices.
type Option struct {
	Label string
	// Value is set for a plain option, Fields for one that is a form.
	Value         any
	Fields        []*Field
	Authenticator *Authenticator
}

func (d *decoder) remediation(o object) *Remediation {
	r := &Remediation{
		Name:          asString(o["name"]),
		Href:          asString(o["href"]),
		Method:        strings.ToUpper(asString(o["method"])),
		Accepts:       asString(o["accepts"]),
		Produces:      asString(o["produces"]),
		Refresh:       time.Duration(asCount(o["refresh"])) * time.Millisecond,
		autofill:      strings.TrimPrefix(reference(o["relatesTo"]), "$.") == autofillHolder,
		Authenticator: d.related(o["relatesTo"]),
		Type:          asString(o["type"]),
		Scopes:        details(o["scopes"]),
		Facts:         details(o["requestInfo"]),
		IDVMetadata:   raw(o["idvMetadata"]),
		PasswordSite: Link{
			URL:   webAddress(asString(o["customExpiredPasswordURL"])),
			Label: asString(o["customExpiredPasswordName"]),
		},
		Messages: d.messages(o["messages"], ""),
		form:     isForm(o),
		handle:   d.handle,
		current:  d.current,
	}
	if r.Name == "" {
		return nil
	}
	idp := asObject(o["idp"])
	r.IDP = IDP{ID: asString(idp["id"]), Name: asString(idp["name"])}
	r.Fields = d.fields(list(o["value"]), nil)
	if r.Method == "" {
		r.Method = "GET"
		if r.form || len(r.Fields) > 0 {
			r.Method = "POST"
		}
	}
	return r
}

// isForm reads rel, which is a list or a string.
func isForm(o object) bool {
	return asString(o["rel"]) == "create-form" || slices.Contains(list(o["rel"]), any("create-form"))
}

// IsLink says that the browser goes to Href by GET; there is no form to post.
func (r *Remediation) IsLink() bool {
	return r.Method == "GET" || (!r.form && len(r.Fields) == 0 && r.Method != "POST")
}

// oktaVersion is the only media type parameter that Okta uses.
var oktaVersion = regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){0,2}$`)

// ContentType is the media type to post in: Accepts when that is a JSON media
// type, else "application/json". What Okta names is not copied into a header
// unread: it may hold anything.
func (r *Remediation) ContentType() string {
	const plain = "application/json"
	media, params, err := mime.ParseMediaType(r.Accepts)
	if err != nil {
		return plain
	}
	switch media {
	case plain, "application/ion+json", "application/vnd.okta.v1+json":
	default:
		return plain
	}
	if v := params["okta-version"]; oktaVersion.MatchString(v) {
		return media + "; okta-version=" + v
	}
	return media
}

func details(v any) []Detail {
	var ds []Detail
	for _, item := range list(v) {
		o := asObject(item)
		d := Detail{
			Name: asString(o["name"]), Label: asString(o["label"]),
			Value: asText(o["value"]), Description: asString(o["desc"]),
		}
		if d != (Detail{}) {
			ds = append(ds, d)
		}
	}
	return ds
}
