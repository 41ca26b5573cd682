package signin

import "github.com/caddy-okta/caddy-okta/caddyauth/idx"

// said is a message that has to be shown exactly once: with the field that it is
// about where there is one, else on top of the page.
type said struct {
	Message
	path string // of the field; "" when it is about the whole page
}

// gatherMessages collects what there is to say: Okta's, and what is kept from
// the last post. Where Okta's last answer is a refusal that still stands, the
// kept ones are its own, unless a later post had another end.
func (b *pageBuilder) gatherMessages() {
	var kept, theirs []said
	for _, n := range b.tx.Notes {
		text := n.Text
		if n.Own {
			text = b.Say(n.Text, n.With...)
		}
		kept = append(kept, said{Message{Class: class(n.Class), Key: n.Key, Text: text}, n.Path})
	}
	for _, m := range b.messagesOfOkta() {
		theirs = append(theirs, said{b.message(m), m.Path})
	}
	if b.answer.Rejected() && len(kept) > 0 && !overlap(kept, theirs) {
		theirs = nil
	}
	for _, m := range append(theirs, kept...) {
		if m.Text != "" && !b.isPending(m) {
			b.pending = append(b.pending, m)
		}
	}
}

// messagesOfOkta are the answer's, but for those that parts of the page show.
func (b *pageBuilder) messagesOfOkta() []idx.Message {
	all := b.answer.AllMessages()
	a := b.answer.Assurance()
	if a == nil {
		return all
	}
	var shown []idx.Message
	for _, m := range append([]idx.Message{a.Title, a.Explanation}, a.Others...) {
		if m.Text != "" || m.Key != "" {
			shown = append(shown, m)
		}
	}
	for _, m := range all {
		if m.Path != "" {
			shown = append(shown, m)
		}
	}
	return shown
}

// message is one of Okta's, ready to show.
func (b *pageBuilder) message(m idx.Message) Message {
	out := Message{Class: class(m.Class), Key: m.Key, Text: m.Text}
	if out.Text == "" {
		out.Text = m.Key // better than nothing at all
	}
	for _, l := range m.Links {
		if b.tellsState(l.URL) {
			continue
		}
		if l.Label == "" && len(m.Links) == 1 {
			out.Href = l.URL
			continue
		}
		if l.Label == "" {
			l.Label = hostOf(l.URL)
		}
		out.Links = append(out.Links, Link{URL: l.URL, Label: l.Label})
	}
	return out
}

// messagesAbout takes the messages about a field out of those without a place.
func (b *pageBuilder) messagesAbout(path string) []Message {
	return b.place(func(m said) bool { return m.path == path })
}

// restOfMessages are those about the page, and about fields that it has not.
func (b *pageBuilder) restOfMessages() []Message {
	return b.place(func(said) bool { return true })
}

func (b *pageBuilder) place(here func(said) bool) []Message {
	var placed []Message
	var rest []said
	for _, m := range b.pending {
		if here(m) {
			placed = append(placed, m.Message)
		} else {
			rest = append(rest, m)
		}
	}
	b.pending = rest
	return placed
}

// isPending finds the same words about the same thing: Okta says some twice.
func (b *pageBuilder) isPending(m said) bool { return contains(b.pending, m) }

func contains(among []said, m said) bool {
	for _, other := range among {
		if other.path == m.path && other.Key == m.Key && (other.Text == m.Text || truncate(other.Text, maxNoteText) == m.Text) {
			return true
		}
	}
	return false
}

func overlap(kept, theirs []said) bool {
	for _, m := range kept {
		if contains(theirs, m) {
			return true
		}
	}
	return false
}
