package idx

import (
	"encoding/json"
	"strings"
)

// maxName bounds a field's name in bytes: names are joined into paths, so a long
// one would be repeated for everything below it.
const maxName = 256

// nested returns the fields of a form that stands in o: {"form":{"value":[…]}}.
func nested(o object) ([]any, bool) {
	f, ok := o["form"]
	if !ok {
		return nil, false
	}
	return list(f), true
}

// fields reads a list of fields at path. Members that are no fields, or lack a
// name to be posted under, are left out.
func (d *decoder) fields(items []any, path []string) []*Field {
	var fs []*Field
	for _, item := range items {
		if f := d.field(asObject(item), path); f != nil {
			fs = append(fs, f)
		}
	}
	return fs
}

func (d *decoder) field(o object, path []string) *Field {
	name := asString(o["name"])
	if name == "" || len(name) > maxName {
		return nil
	}
	path = append(path[:len(path):len(path)], name)
	f := &Field{
		Name:          name,
		Label:         asString(o["label"]),
		Type:          strings.ToLower(asString(o["type"])),
		Format:        asString(o["format"]),
		Hint:          asString(o["hint"]),
		Description:   asString(o["desc"]),
		Value:         o["value"],
		Required:      asBool(o["required"], asBool(o["requred"], false)), // Okta's spelling varies
		Mutable:       asBool(o["mutable"], true),
		Visible:       asBool(o["visible"], true),
		Secret:        asBool(o["secret"], false),
		MinLength:     asCount(o["minLength"]),
		MaxLength:     asCount(o["maxLength"]),
		Authenticator: d.related(o["relatesTo"]),
	}
	if ms, ok := o["messages"]; ok {
		f.Messages = d.messages(ms, strings.Join(path, "/"))
	}
	if f.Value == nil && name == "id" {
		f.Value = o["id"] // {"name":"id","required":true,"id":"aut…"}
	}
	if sub, ok := nested(o); ok {
		f.Fields = d.fields(sub, path)
	} else if sub, ok := nested(asObject(f.Value)); ok {
		f.Fields, f.Value = d.fields(sub, path), nil
	}
	if f.Mutable && f.Value == "" {
		f.Value = nil // an empty default is none, as for Okta's own client
	}
	if f.Type == "" && f.Mutable {
		switch f.Value.(type) {
		case bool:
			f.Type = "boolean"
		case json.Number:
			f.Type = "number"
		}
	}
	_, said := o["required"]
	f.unsaid = !said
	f.lend()
	var format string
	f.Options, f.display, format = d.options(list(o["options"]), path)
	if f.Format == "" {
		f.Format = format
	}
	f.hollow = f.isHollow(o)
	return f
}

// isHollow says that o announces a form or options, and none can be used.
func (f *Field) isHollow(o object) bool {
	_, form := nested(o)
	_, valueForm := nested(asObject(o["value"]))
	_, options := o["options"]
	return (form || valueForm || options) && len(f.Fields)+len(f.Options) == 0 && f.display == ""
}

// lend passes on what Okta says of an object to the one input inside, when that
// does not say it itself: Okta marks "credentials" as required, or labels it, and
// leaves it at that for the passcode inside.
func (f *Field) lend() {
	var only *Field
	for _, in := range f.Fields {
		if in.Visible && in.Mutable && in.Value == nil && in.Type != "boolean" {
			if only != nil {
				return
			}
			only = in
		}
	}
	if only == nil {
		return
	}
	if only.unsaid {
		only.Required = f.Required
	}
	if only.Label == "" && only.isLeaf() {
		only.Label = f.Label
	}
}

// options reads a field's options: plain ones, forms (in the option or in its
// value), and wrapped lists of further ones, which are flattened. display is how
// a wrapper asks for them to be shown, format what it says of the values.
func (d *decoder) options(items []any, path []string) (options []*Option, display, format string) {
	for _, item := range items {
		if isScalar(item) {
			item = object{"value": item}
		}
		o := asObject(item)
		opt := &Option{Label: asString(o["label"]), Authenticator: d.related(o["relatesTo"])}
		v := o["value"]
		w := asObject(v)
		if sub, ok := nested(o); ok {
			opt.Fields = d.fields(sub, path)
		} else if sub, ok := nested(w); ok {
			opt.Fields = d.fields(sub, path)
		} else if further, kind, ok := wrapped(w); ok {
			more, _, _ := d.options(further, path)
			options, display = append(options, more...), kind
			format = asString(asObject(w["value"])["format"])
			continue
		} else if opt.Value = inner(v); opt.Value == nil && opt.Authenticator == nil {
			// A label alone stands for itself.
			if opt.Label == "" {
				continue
			}
			opt.Value = opt.Label
		}
		if opt.Value != nil || len(opt.Fields) > 0 {
			options = append(options, opt)
		}
	}
	return options, display, format
}

// wrapped returns the options inside an option's value: {"type":"array",
// "value":[…]} or {"type":"object","value":{"inputType":"radio","options":[…]}}.
// The latter may only say how to show the field, {"inputType":"checkbox"}.
func wrapped(w object) (options []any, display string, ok bool) {
	switch v := w["value"].(type) {
	case []any:
		return v, "", true
	case object:
		options, listed := v["options"].([]any)
		display = asString(v["inputType"])
		return options, display, listed || display != ""
	}
	return nil, "", false
}
