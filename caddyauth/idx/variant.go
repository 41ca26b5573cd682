package idx

import "slices"

// Bounds of one remediation's forms. A user has some ten authenticators with up
// to three methods each; a registration form some thirty fields.
const (
	maxForms    = 100
	maxLeaves   = 250     // in one form
	maxLabels   = 8       // in a form's label
	maxMessages = 50      // of a form, besides its inputs'
	maxWeight   = 1 << 20 // bytes of all forms but the first
)

// variant is one way to fill a remediation's tree of fields: its leaves, with
// one option taken wherever options are forms of their own.
type variant struct {
	labels        []string
	authenticator *Authenticator
	leaves        []*leaf   // shared between variants: never changed
	messages      []Message // of fields that are no leaves
}

// variants returns at least one variant, even of a remediation without fields.
func (r *Remediation) variants() []variant {
	vs := r.expand(r.Fields, nil, false)
	weight := 0
	for i, v := range vs {
		if weight += v.weight(); i == 0 {
			weight = 0
		} else if weight > maxWeight {
			return vs[:i]
		}
	}
	return vs
}

// expand multiplies out the fields that stand together at path. option says that
// they are an option's form.
func (r *Remediation) expand(fields []*Field, path []string, option bool) []variant {
	// A choice of method makes several forms, one button each, unless the same
	// form asks for something to type: then it is one form with a choice in it.
	split := !slices.ContainsFunc(fields, func(f *Field) bool {
		return f.isLeaf() && f.Visible && f.Mutable && !f.choosesMethod(path) && f.Type != "boolean"
	})
	if split && slices.ContainsFunc(fields, func(f *Field) bool { return f.choosesMethod(path) }) {
		option = true // what stands beside the method identifies the choice too
	}
	vs := []variant{{}}
	for _, f := range fields {
		if !slices.ContainsFunc(vs, func(v variant) bool { return len(v.leaves) < maxLeaves }) {
			break // full: what follows would be multiplied out for nothing
		}
		vs = cross(vs, r.expandField(f, append(path[:len(path):len(path)], f.Name), option, split))
	}
	return vs
}

func (r *Remediation) expandField(f *Field, path []string, option, split bool) []variant {
	switch {
	case len(f.Fields) > 0:
		vs := r.expand(f.Fields, path, option)
		for i := range vs {
			vs[i].join(variant{authenticator: r.about(f), messages: f.Messages})
		}
		return vs
	case f.offersForms():
		var vs []variant
		for _, o := range f.Options {
			for _, v := range r.expandOption(o, path) {
				v.join(variant{authenticator: r.about(f), messages: f.Messages})
				vs = append(vs, v)
			}
			if len(vs) >= maxForms {
				break
			}
		}
		return vs
	case split && f.choosesMethod(path[:len(path)-1]):
		var vs []variant
		for _, o := range f.Options {
			v := variant{labels: []string{o.label()}, authenticator: o.Authenticator}
			v.add(fixedLeaf(f, path, o.Value, chosen))
			vs = append(vs, v)
			if len(vs) >= maxForms {
				break
			}
		}
		return vs
	}
	v := variant{authenticator: r.about(f)}
	if l, ok := r.leaf(f, path, option); ok {
		v.add(l)
	} else {
		v.join(variant{messages: f.Messages})
	}
	return []variant{v}
}

// about is the authenticator that a field is about. What the remediation itself
// relates to goes first: Okta's relations of fields are less reliable.
func (r *Remediation) about(f *Field) *Authenticator {
	if r.Authenticator != nil {
		return r.Authenticator
	}
	return f.Authenticator
}

// expandOption returns the variants of an option that is, or stands among, forms.
func (r *Remediation) expandOption(o *Option, path []string) []variant {
	vs := []variant{{}}
	if len(o.Fields) > 0 {
		vs = r.expand(o.Fields, path, true)
	} else {
		vs[0].add(fixedLeaf(&Field{Name: path[len(path)-1]}, path, o.Value, chosen))
	}
	for i := range vs {
		vs[i].labels = append([]string{o.label()}, vs[i].labels...)
		vs[i].join(variant{authenticator: o.Authenticator})
	}
	return vs
}

// join takes over what another variant holds. The authenticator that v is
// already about, the more closely related one, stays.
func (v *variant) join(w variant) {
	if v.authenticator == nil {
		v.authenticator = w.authenticator
	}
	v.labels = append(v.labels, w.labels[:min(len(w.labels), max(0, maxLabels-len(v.labels)))]...)
	v.messages = append(v.messages, w.messages[:min(len(w.messages), maxMessages-len(v.messages))]...)
	for _, l := range w.leaves {
		v.add(l)
	}
}

// add appends a leaf. A name that is there already keeps its place, since Okta
// repeats fields, and a fixed value wins over one to fill in.
func (v *variant) add(l *leaf) {
	if len(v.leaves) == maxLeaves {
		return
	}
	for i := range v.leaves {
		if v.leaves[i].Name == l.Name {
			if !l.role.filled() && v.leaves[i].role.filled() {
				v.leaves[i] = l
			}
			return
		}
	}
	v.leaves = append(v.leaves, l)
}

// weight is about how many bytes a page needs for the variant.
func (v *variant) weight() int {
	n := 0
	for _, s := range v.labels {
		n += len(s)
	}
	for _, l := range v.leaves {
		n += l.weight()
	}
	return n
}

// cross combines every variant of as with every one of bs, in order.
func cross(as, bs []variant) []variant {
	if len(bs) == 1 {
		for i := range as {
			as[i].join(bs[0])
		}
		return as
	}
	var out []variant
	for _, a := range as {
		for _, b := range bs {
			if len(out) == maxForms {
				return out
			}
			v := variant{
				labels:        slices.Clone(a.labels),
				authenticator: a.authenticator,
				leaves:        slices.Clone(a.leaves),
				messages:      slices.Clone(a.messages),
			}
			v.join(b)
			out = append(out, v)
		}
	}
	return out
}
