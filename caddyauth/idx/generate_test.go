package idx

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// sort is what a generated field is meant to be.
type sort int

const (
	sortAsked  sort = iota // visible and mutable: an input
	sortFixed              // immutable, with a value
	sortHidden             // mutable, with a value, not visible
	sortScript             // mutable, without a value, not visible
	sortObject             // a form of further fields
	sortChoice             // options that are forms
	sortMethod             // the choice of a method beside an id
)

// planned is a generated field, with what it is meant to be.
type planned struct {
	sort    sort
	name    string
	json    object
	value   any          // of a fixed or hidden one
	fields  []*planned   // of an object
	options [][]*planned // of a choice
}

// generator makes answers that Okta might send, of every shape that its answers
// are known to have, and knows what must become of them.
type generator struct {
	*rand.Rand
	n int // counts names, which are unique
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }
func (g *generator) often() bool             { return g.IntN(3) > 0 }
func (g *generator) rarely() bool            { return g.IntN(6) == 0 }

func (g *generator) name() string {
	g.n++
	return g.one("a", "okta.a", "Ünï", "a b", "_", "a[0]", "$", "constructor", "a&b", "passcode") + strconv.Itoa(g.n)
}

// answer is an answer with one remediation of the planned fields.
func (g *generator) answer() (object, []*planned) {
	plan := g.fields(0, 1+g.IntN(5))
	var items []any
	for _, p := range plan {
		items = append(items, g.split(p)...)
	}
	if g.often() {
		items = append(items, object{"name": "stateHandle", "required": true, "value": "02.generated-handle", "visible": false, "mutable": false})
	}
	step := object{"name": g.one("identify", "challenge-authenticator", "never-heard-of", "enroll-profile"), "href": "https://org.example/idp/idx/step",
		"rel": []any{"create-form"}, "method": "POST", "value": items}
	g.maybe(step, "relatesTo", []any{"$.currentAuthenticator"}, "authenticatorChallenge", object{"x": 1})
	return object{"version": "1.0.0", "stateHandle": "02.generated-top", "remediation": g.wrap([]any{step}),
		"currentAuthenticator":   object{"type": "object", "value": object{"type": "app", "key": "google_otp"}},
		"authenticatorChallenge": object{"type": "object", "value": object{"challengeMethod": "LOOPBACK"}}}, plan
}

// maybe sets a member to one of the values, or leaves it out.
func (g *generator) maybe(o object, name string, values ...any) {
	if i := g.IntN(2 * len(values)); i < len(values) {
		o[name] = values[i]
	}
}

func (g *generator) wrap(l []any) any { return object{"type": "array", "value": l} }

// split writes a field, an object now and then as several of the same name.
func (g *generator) split(p *planned) []any {
	if p.sort != sortObject || len(p.fields) < 2 || g.often() {
		return []any{p.json}
	}
	return []any{g.object(p.name, p.fields[:1]), g.object(p.name, p.fields[1:])}
}

func (g *generator) fields(depth, n int) []*planned {
	var plan []*planned
	for range n {
		plan = append(plan, g.field(depth))
	}
	return plan
}

func (g *generator) field(depth int) *planned {
	switch s := sort(g.IntN(6)); {
	case s == sortObject && depth < 3:
		p := &planned{sort: s, name: g.name(), fields: g.fields(depth+1, 1+g.IntN(3))}
		p.json = g.object(p.name, p.fields)
		return p
	case s == sortChoice && depth < 2:
		return g.choice(depth)
	case s >= sortObject:
		return g.leaf(sortAsked)
	default:
		return g.leaf(s)
	}
}

// object writes a form inside a field, in the field or in its value.
func (g *generator) object(name string, fields []*planned) object {
	o := object{"name": name}
	g.maybe(o, "type", "object")
	g.maybe(o, "label", "An object")
	g.maybe(o, "required", true, "false")
	if g.often() {
		o["form"] = g.form(fields)
	} else {
		o["value"] = object{"form": g.form(fields)}
	}
	return o
}

func (g *generator) form(fields []*planned) object {
	items := []any{}
	for _, p := range fields {
		items = append(items, g.split(p)...)
	}
	return object{"value": items}
}

// choice writes options that are forms, each told apart by an id.
func (g *generator) choice(depth int) *planned {
	p := &planned{sort: sortChoice, name: g.name()}
	var options []any
	for range 1 + g.IntN(3) {
		g.n++
		id := &planned{sort: sortFixed, name: "id", value: "aut" + strconv.Itoa(g.n)}
		id.json = object{"name": "id", "value": id.value}
		g.maybe(id.json, "mutable", false, "false")
		g.maybe(id.json, "required", true, "true")
		g.maybe(id.json, "visible", false, true)
		fields := []*planned{id}
		if g.often() {
			fields = append(fields, g.method())
		}
		for range g.IntN(3) {
			fields = append(fields, g.field(depth+1))
		}
		o := object{"label": "Phone"}
		if g.rarely() {
			o["form"] = g.form(fields)
		} else {
			o["value"] = object{"form": g.form(fields)}
		}
		g.maybe(o, "relatesTo", "$.currentAuthenticator", "$.authenticators.value[9]")
		options = append(options, o)
		p.options = append(p.options, fields)
	}
	p.json = object{"name": p.name, "options": options}
	g.maybe(p.json, "type", "object")
	g.maybe(p.json, "required", true)
	return p
}

func (g *generator) method() *planned {
	p := &planned{sort: sortMethod, name: g.one("methodType", "channel")}
	p.json = object{"name": p.name, "required": g.often(), "options": []any{object{"label": "SMS", "value": "sms"}, object{"label": "Voice", "value": "voice"}}}
	return p
}

func (g *generator) leaf(s sort) *planned {
	p := &planned{sort: s, name: g.name()}
	o := object{"name": p.name}
	p.json = o
	g.maybe(o, "label", "A label", "", nil)
	g.maybe(o, "hint", "one-time-code")
	kind := g.one("string", "string", "", "boolean", "number", "integer", "odd")
	if kind != "" {
		o["type"] = kind
	}
	switch s {
	case sortAsked:
		g.maybe(o, "required", true, false, "true", "false", nil)
		g.maybe(o, "visible", true, nil, "true")
		g.maybe(o, "mutable", true, nil)
		switch kind {
		case "boolean":
			g.maybe(o, "value", true, false)
		case "number", "integer":
			g.maybe(o, "value", g.IntN(100))
		case "":
			g.maybe(o, "value", "default", true, 8)
		default:
			g.maybe(o, "value", "default", "", nil)
			g.maybe(o, "secret", true, "false")
			g.maybe(o, "minLength", 1, "2", nil)
			g.maybe(o, "maxLength", 30, "x")
			if g.rarely() {
				o["options"], o["value"] = g.options(), nil
			} else if g.rarely() {
				o["type"], o["options"], o["value"] = "array", g.options(), []any{"x1"}
			}
		}
	case sortFixed, sortHidden:
		values := []any{"fixed", true, false, 7, 0, object{"id": "x"}, []any{"x"}, ""}
		p.value = values[g.IntN(len(values)-int(s-sortFixed))] // an empty default is none
		o["value"] = p.value
		o["mutable"] = s == sortHidden
		if s == sortHidden {
			o["visible"] = false
		} else {
			g.maybe(o, "visible", false, true)
		}
		g.maybe(o, "required", true, "true", false)
		g.maybe(o, "secret", true)
	case sortScript:
		o["visible"] = false
		if kind == "boolean" {
			o["type"] = "string"
		}
		g.maybe(o, "required", true)
		g.maybe(o, "value", nil, "")
	}
	return p
}

// options writes plain options, in one of Okta's ways.
func (g *generator) options() any {
	var plain []any
	for i := range 1 + g.IntN(3) {
		plain = append(plain, object{"label": fmt.Sprintf("Option %d", i), "value": fmt.Sprintf("x%d", i)})
	}
	switch g.IntN(4) {
	case 0:
		return []any{object{"label": nil, "value": object{"type": "array", "value": plain}}}
	case 1:
		return []any{object{"label": "display", "value": object{"type": "object", "value": object{"inputType": g.one("radio", "select"), "options": plain}}}}
	case 2:
		return []any{"x0", "x1"}
	}
	return plain
}
