package idx

import (
	"encoding/json"
	"net/url"
	"strings"
)

// Message is something Okta tells the user.
type Message struct {
	// Class is "ERROR", "WARNING" or "INFO", upper case; "INFO" when absent.
	Class string
	// Key is the i18n key, the part to branch on; may be empty.
	Key string
	// Text is in the language of the request's Accept-Language. It is plain
	// text that may repeat what the user typed: escape it.
	Text string
	// Path is the name of the input that the message is about, segments joined
	// with "/", as in [Input]; "" when it is about the answer as a whole.
	Path string
	// Params are the values inside Text, as text.
	Params []string
	// Links lead further; http and https only.
	Links []Link
	// DeviceRemediation is the object of that name, as JSON; Device reads it. Nil
	// when absent.
	DeviceRemediation json.RawMessage
}

// Link is an address in an answer, with its words; the label may be empty.
type Link struct{ URL, Label string }

// messages reads a list of messages, leaving out repetitions: Okta sends some
// errors twice.
func (d *decoder) messages(v any, path string) []Message {
	var ms []Message
	for _, item := range list(v) {
		if m, ok := d.message(item, path); ok {
			ms = append(ms, m)
		}
	}
	return distinct(ms)
}

func (d *decoder) message(v any, path string) (Message, bool) {
	if s, ok := v.(string); ok {
		v = object{"message": s}
	}
	o := asObject(v)
	i18n := asObject(o["i18n"])
	m := Message{
		Class:             strings.ToUpper(asString(o["class"])),
		Key:               asString(i18n["key"]),
		Text:              asString(o["message"]),
		Path:              path,
		DeviceRemediation: raw(d.redact(inner(o["deviceRemediation"]))),
	}
	if m.Class == "" {
		m.Class = "INFO"
	}
	for _, p := range list(i18n["params"]) {
		m.Params = append(m.Params, asText(p))
	}
	for _, l := range list(o["links"]) {
		l := asObject(l)
		if u := webAddress(asString(l["url"])); u != "" {
			m.Links = append(m.Links, Link{URL: u, Label: asString(l["label"])})
		}
	}
	return m, m.Text != "" || m.Key != ""
}

// webAddress is s if it is an absolute http or https address, else "": a
// javascript: or data: address in an answer must not become a link, nor may one
// take the state token along to where it leads.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || isHandleName(s) {
		return ""
	}
	return s
}

// distinct leaves the first of the messages with the same path, key and text.
func distinct(ms []Message) []Message {
	type identity struct{ path, key, text string }
	seen := make(map[identity]bool, len(ms))
	var out []Message
	for _, m := range ms {
		id := identity{m.Path, m.Key, m.Text}
		if !seen[id] {
			seen[id] = true
			out = append(out, m)
		}
	}
	return out
}

// fieldMessages collects the messages of fields at any depth, in order.
func fieldMessages(fields []*Field) []Message {
	var ms []Message
	for _, f := range fields {
		ms = append(ms, f.Messages...)
		ms = append(ms, fieldMessages(f.Fields)...)
		for _, o := range f.Options {
			ms = append(ms, fieldMessages(o.Fields)...)
		}
	}
	return ms
}
